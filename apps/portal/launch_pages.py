"""The page that an app opens in: a frame below our header. It has no price, for anybody."""

import dataclasses
import datetime as dt

from django.conf import settings
from django.urls import reverse

from apps.accounts.models import Site, User
from apps.catalog.models import App
from apps.core.origins import origin_of
from apps.portal.app_words import AppWords, PlanWords, app_words, plan_words
from apps.portal.openings import Opening, opening_of
from apps.subscriptions.launch import LaunchSnapshot, launch_url
from apps.subscriptions.models import Installation
from apps.subscriptions.selectors import installation_on, live_subscription


@dataclasses.dataclass(frozen=True, slots=True)
class LaunchPage:
    """An app that is active on a site. A suspended one has no link."""

    app: AppWords
    plan: PlanWords
    opening: Opening
    is_suspended: bool
    link: str

    @property
    def origin(self) -> str:
        """The one origin that the frame may show, as a content security policy spells it."""
        scheme, _, rest = origin_of(self.link).partition("://")
        host, _, port = rest.rpartition(":")
        return f"{scheme}://{host.encode('idna').decode('ascii')}:{port}"


def launch_page(
    app: App, site: Site, user: User, language: str, now: dt.datetime
) -> LaunchPage | None:
    """Return the page, or ``None`` where nothing is to be opened: the app's page says why.

    ``now`` is the machine's time: the app compares it with its own.
    """
    installation = installation_on(app, site)
    subscription = live_subscription(app, site)
    opening = opening_of(app)
    if (
        installation is None
        or installation.status != Installation.Status.ACTIVE
        or subscription is None
        or opening.is_elsewhere
    ):
        return None
    return LaunchPage(
        app=app_words(app, language),
        plan=plan_words(subscription.plan, language),
        opening=opening,
        is_suspended=app.status == App.Status.SUSPENDED,
        link=_link(app, site, user, now) if opening.is_possible else "",
    )


def _link(app: App, site: Site, user: User, now: dt.datetime) -> str:
    base_url = settings.PUBLIC_BASE_URL.rstrip("/")
    return launch_url(
        LaunchSnapshot(
            app=app,
            site_name=site.site_name,
            language=user.language,
            user_uuid=user.public_id,
            editor_origin=base_url,
            sdk_url=base_url + reverse("portal:sdk"),
            at=now,
        )
    )

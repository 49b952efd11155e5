"""The page of an app on one site, for a buyer and, without any price, for a client."""

import dataclasses
import datetime as dt
import uuid

from apps.accounts.access import SiteRights
from apps.accounts.models import Site, User
from apps.catalog.models import App
from apps.catalog.selectors import apps_on_store, live_plans
from apps.orders.models import Order
from apps.orders.offers import PlanSelection, plan_selection
from apps.portal.app_words import AppWords, PlanWords, app_words, plan_words
from apps.portal.installed import Billing, InstalledApp, billing_of, installed_app, may_change
from apps.portal.prices import PlanPrices, price_table
from apps.subscriptions.models import Installation
from apps.subscriptions.selectors import installation_on, live_subscription


@dataclasses.dataclass(frozen=True, slots=True)
class ClientAppPage:
    """What a client reads about an app on their site. It has no price."""

    app: AppWords
    installed: InstalledApp
    plans: tuple[PlanWords, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class BuyerAppPage:
    """What a buyer reads about an app for one site, and the next step that is open to them."""

    app: AppWords
    installed: InstalledApp | None
    billing: Billing | None
    open_order: Order | None
    table: tuple[PlanPrices, ...]
    currency: str
    may_install: bool


def app_for_site(rights: SiteRights, user: User, app_uuid: uuid.UUID) -> App | None:
    """Return an app that is on the store for ``user`` or on the site; a client's must be on it."""
    known = App.objects.select_related("vendor", "program").filter(uuid=app_uuid)
    here = known.filter(
        installations__site=rights.site, installations__status__in=Installation.OPEN
    )
    if rights.is_client:
        return here.filter(visible_to_clients=True).first()
    return here.first() or apps_on_store(user).filter(uuid=app_uuid).first()


def client_app_page(app: App, site: Site, language: str, now: dt.datetime) -> ClientAppPage | None:
    """Return the client's page, or ``None`` while the app is not active on the site."""
    installation = installation_on(app, site)
    subscription = live_subscription(app, site)
    if installation is None or subscription is None:
        return None
    return ClientAppPage(
        app=app_words(app, language),
        installed=installed_app(installation, subscription, language, now),
        plans=tuple(plan_words(plan, language) for plan in live_plans(app)),
    )


def buyer_app_page(app: App, rights: SiteRights, language: str, now: dt.datetime) -> BuyerAppPage:
    """Return the buyer's page of ``app`` on the site."""
    site = rights.site
    selection = plan_selection(now=now, app=app, site=site)
    subscription = selection.subscription
    installed, billing = _what_is_on(selection, rights, language, now)
    return BuyerAppPage(
        app=app_words(app, language),
        installed=installed,
        billing=billing,
        open_order=selection.open_order,
        table=price_table(
            app,
            subscription.plan if subscription else None,
            site.organization.currency,
            language,
            now,
        ),
        currency=site.organization.currency,
        may_install=selection.installation is None
        and (app.is_on_sale or rights.is_marketplace_staff),
    )


def _what_is_on(
    selection: PlanSelection, rights: SiteRights, language: str, now: dt.datetime
) -> tuple[InstalledApp | None, Billing | None]:
    installation, subscription = selection.installation, selection.subscription
    if installation is None or subscription is None:
        return None, None
    may_upgrade = bool(selection.offers) and selection.open_order is None
    may_upgrade = may_upgrade and may_change(installation, rights)
    return (
        installed_app(installation, subscription, language, now),
        billing_of(
            subscription,
            open_order=selection.open_order,
            may_upgrade=may_upgrade and selection.app.is_on_sale,
        ),
    )

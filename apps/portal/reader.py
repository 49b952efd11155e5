"""Who reads the page: the person, the organization they work for now, language and time zone."""

import dataclasses
import functools
import zoneinfo
from collections.abc import Callable
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control

from apps.accounts.models import Membership, Organization, User

SESSION_KEY = "organization"
"""Where the session keeps the public id of the organization that was chosen last."""

Parameters = ParamSpec("Parameters")


@dataclasses.dataclass(frozen=True, slots=True)
class Reader:
    """What the frame of a page depends on. ``organization`` is null for marketplace staff."""

    user: User
    organization: Organization | None
    is_client: bool
    other_organizations: tuple[Organization, ...]

    @property
    def language(self) -> str:
        """The language of texts that others wrote, such as plans; pages fall back on their own."""
        return self.user.language

    @property
    def time_zone(self) -> str:
        """The organization's: days of periods and of quotes are its days."""
        return self.organization.time_zone if self.organization else settings.TIME_ZONE

    def within(self, organization: Organization) -> "Reader":
        """Return the same reader on a page that belongs to ``organization``."""
        known = [*self.other_organizations, self.organization]
        if organization == self.organization or organization not in known:
            return self
        return read_as(self.user, str(organization.public_id))


class PortalRequest(HttpRequest):
    """A request that :func:`portal_page` has looked at: signed in, and with a reader."""

    user: User
    reader: Reader


View = Callable[Concatenate[PortalRequest, Parameters], HttpResponse]


def portal_page(
    view: View[Parameters],
) -> Callable[Concatenate[HttpRequest, Parameters], HttpResponse]:
    """Ask for a sign-in, then show the page in the reader's language and time zone.

    Pages hold prices and names: no cache but the reader's own browser may keep them.
    """

    @functools.wraps(view)
    def shown(
        request: PortalRequest, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> HttpResponse:
        request.reader = read_as(request.user, request.session.get(SESSION_KEY, ""))
        zone = zoneinfo.ZoneInfo(request.reader.time_zone)
        with translation.override(_page_language(request.user)), timezone.override(zone):
            response = view(request, *args, **kwargs)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
        patch_cache_control(response, private=True, no_cache=True)
        return response

    # Behind the sign-in a request has its user, and gains its reader here.
    return cast(Callable[Concatenate[HttpRequest, Parameters], HttpResponse], login_required(shown))


def read_as(user: User, organization_id: str) -> Reader:
    """Return the reader that ``user`` is in the organization with this public id.

    Without one, or if it is not theirs: where they buy, before where they are a client, before
    their personal account, which is offered only when it is all they have or holds sites.
    """
    memberships = sorted(
        Membership.objects.filter(user=user)
        .exclude(role=Membership.Role.DEVELOPER)
        .select_related("organization"),
        key=_preference,
    )
    shared = [row for row in memberships if not _is_personal(row)]
    if user.is_staff:
        offered = shared
    else:
        offered = [
            row
            for row in memberships
            if not shared or not _is_personal(row) or row.organization.sites.exists()
        ]
    chosen = next(
        (row for row in offered if str(row.organization.public_id) == organization_id),
        offered[0] if offered else None,
    )
    return Reader(
        user=user,
        organization=chosen.organization if chosen else None,
        is_client=chosen is not None and not chosen.may_buy and not user.is_staff,
        other_organizations=tuple(row.organization for row in offered if row is not chosen),
    )


def _is_personal(row: Membership) -> bool:
    return row.organization.kind == Organization.Kind.PERSONAL


def _preference(row: Membership) -> tuple[bool, bool, str]:
    return _is_personal(row), not row.may_buy, row.organization.name


def _page_language(user: User) -> str:
    """Return the language of our own texts that is nearest to the person's."""
    try:
        return translation.get_supported_language_variant(user.language.lower())
    except LookupError:
        return settings.LANGUAGE_CODE

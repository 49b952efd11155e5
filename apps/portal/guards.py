"""Who may open a page: strangers find nothing, clients find their site admin."""

import dataclasses
import uuid
import zoneinfo

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from apps.accounts.access import SiteRights, site_admin, site_rights
from apps.accounts.models import Site
from apps.catalog.models import App
from apps.catalog.selectors import apps_on_store
from apps.portal.reader import PortalRequest


@dataclasses.dataclass(frozen=True, slots=True)
class ContactCard:
    """The site admin as a client reads it."""

    organization: str
    name: str
    email: str
    phone: str

    @property
    def initials(self) -> str:
        """Up to two capital letters for the avatar."""
        words = self.name.split() or [self.organization]
        return "".join(word[0] for word in [words[0], *words[1:][-1:]]).upper()

    @property
    def phone_link(self) -> str:
        """The phone number as a ``tel:`` link takes it."""
        return "".join(character for character in self.phone if character in "+0123456789")


def open_site(request: PortalRequest, site_name: str) -> SiteRights:
    """Return what the reader may do on a site, and turn the page to the site's organization.

    Raises ``Http404`` where the reader may not even know of the site.
    """
    rights = site_rights(request.user, site_name)
    if rights is None:
        raise Http404
    turn_to(request, rights.site)
    return rights


def turn_to(request: PortalRequest, site: Site) -> None:
    """Show the rest of this page for the site's organization, in its time zone."""
    request.reader = request.reader.within(site.organization)
    timezone.activate(zoneinfo.ZoneInfo(site.organization.time_zone))


def open_app(request: PortalRequest, app_uuid: uuid.UUID) -> App:
    """Return an app that the reader finds on the store; raises ``Http404`` otherwise."""
    app = apps_on_store(request.user).filter(uuid=app_uuid).first()
    if app is None:
        raise Http404
    return app


def contact_card(site: Site) -> ContactCard:
    """Return whom a client of ``site`` should ask."""
    contact = site_admin(site)
    organization = site.organization.name
    return ContactCard(organization, contact.name or organization, contact.email, contact.phone)


def ask_site_admin(request: PortalRequest, site: Site) -> HttpResponse:
    """Answer a client who opened a page about money: not theirs, and here is who can help.

    403 and not a redirect: the address stays, so that the link can be forwarded to the admin.
    """
    context = {"site": site, "contact": contact_card(site), "nav": "sites"}
    return render(request, "portal/ask_site_admin.html", context, status=403)

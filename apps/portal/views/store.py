"""The store: published apps, and what each does."""

import uuid

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from apps.accounts.access import sites_for
from apps.catalog.selectors import apps_on_store
from apps.core.clock import current_time
from apps.portal.app_words import app_words
from apps.portal.guards import open_app
from apps.portal.prices import price_table
from apps.portal.reader import PortalRequest, portal_page
from apps.subscriptions.selectors import installation_counts

_APPS_ON_A_PAGE = 24


@require_GET
@portal_page
def home(request: PortalRequest) -> HttpResponse:
    """Lead buyers to the apps and clients to their sites."""
    return redirect("portal:sites" if request.reader.is_client else "portal:apps")


@require_GET
@portal_page
def apps(request: PortalRequest) -> HttpResponse:
    """List the apps on the store. A client's way to apps is through the site admin."""
    if request.reader.is_client:
        return redirect("portal:sites")
    found = apps_on_store(request.user).prefetch_related("profiles")
    page = Paginator(found, _APPS_ON_A_PAGE).get_page(request.GET.get("page"))
    counts = installation_counts(request.reader.organization, page.object_list)
    tiles = [(app_words(app, request.reader.language), counts.get(app.pk, 0)) for app in page]
    return render(request, "portal/apps.html", {"page": page, "tiles": tiles, "nav": "apps"})


@require_GET
@portal_page
def app(request: PortalRequest, app_uuid: uuid.UUID) -> HttpResponse:
    """Show an app before a site is chosen; ``?site=`` goes on to the page for that site."""
    if request.reader.is_client:
        return redirect("portal:sites")
    row = open_app(request, app_uuid)
    sites = sites_for(request.user)
    if request.reader.organization:
        sites = sites.filter(organization=request.reader.organization)
    if wanted := request.GET.get("site"):
        chosen = sites.filter(site_name=wanted).first()
        if chosen is not None:
            return redirect("portal:site_app", site_name=chosen.site_name, app_uuid=row.uuid)
    organization = request.reader.organization or row.vendor
    context = {
        "app": app_words(row, request.reader.language),
        "table": price_table(
            row, None, organization.currency, request.reader.language, current_time()
        ),
        "sites": sites,
        "currency": organization.currency,
        "nav": "apps",
    }
    return render(request, "portal/app.html", context)

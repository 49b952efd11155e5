"""Sites and what is installed on them."""

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.access import sites_for
from apps.core.clock import current_time
from apps.portal.guards import contact_card, open_site
from apps.portal.installed import billed_apps, client_apps, installs_under_way, running_costs
from apps.portal.reader import PortalRequest, portal_page
from apps.subscriptions.models import Installation

_SITES_ON_A_PAGE = 50


@require_GET
@portal_page
def sites(request: PortalRequest) -> HttpResponse:
    """List the reader's sites, narrowed down by ``?q=``."""
    rows = sites_for(request.user)
    if request.reader.organization:
        rows = rows.filter(organization=request.reader.organization)
    wanted = request.GET.get("q", "").replace("\0", "").strip()[:100]
    if wanted:
        rows = rows.filter(
            Q(label__icontains=wanted)
            | Q(domain__icontains=wanted)
            | Q(site_name__icontains=wanted)
        )
    active = Q(installations__status=Installation.Status.ACTIVE)
    if request.reader.is_client:
        active &= Q(installations__app__visible_to_clients=True)
    rows = rows.annotate(app_count=Count("installations", filter=active, distinct=True))
    page = Paginator(rows, _SITES_ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/sites.html", {"page": page, "wanted": wanted, "nav": "sites"})


@require_GET
@portal_page
def site(request: PortalRequest, site_name: str) -> HttpResponse:
    """Show the apps of a site: with prices to who buys, without any to a client."""
    rights = open_site(request, site_name)
    now = current_time()
    if rights.is_client:
        context = {
            "site": rights.site,
            "apps": client_apps(rights.site, request.reader.language, now),
            "contact": contact_card(rights.site),
            "nav": "sites",
        }
        return render(request, "portal/site_client.html", context)
    apps = billed_apps(rights, request.reader.language, now)
    context = {
        "site": rights.site,
        "apps": apps,
        "under_way": installs_under_way(rights.site),
        "costs": running_costs(apps),
        "nav": "sites",
    }
    return render(request, "portal/site.html", context)

"""An app as seen from one site: what it does there, on which plan, and the one next step."""

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.access import sites_for
from apps.core.clock import current_time
from apps.portal.app_pages import app_for_site, buyer_app_page, client_app_page
from apps.portal.guards import contact_card, open_site
from apps.portal.reader import PortalRequest, portal_page


@require_GET
@portal_page
def site_app(request: PortalRequest, site_name: str, app_uuid: uuid.UUID) -> HttpResponse:
    """Show the app to a buyer with prices; to a client without, if it is on the client's site."""
    rights = open_site(request, site_name)
    app = app_for_site(rights, request.user, app_uuid)
    if app is None:
        raise Http404
    language, now = request.reader.language, current_time()
    context = {"site": rights.site, "nav": "sites"}
    if rights.is_client:
        client_page = client_app_page(app, rights.site, language, now)
        if client_page is None:
            raise Http404
        context |= {"page": client_page, "contact": contact_card(rights.site)}
        return render(request, "portal/site_app_client.html", context)
    page = buyer_app_page(app, rights, language, now)
    siblings = sites_for(request.user).filter(organization=rights.site.organization)
    context |= {"page": page, "sites": siblings}
    return render(request, "portal/site_app.html", context)

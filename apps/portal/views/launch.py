"""Opening an app, and the script that an opened app talks to its page with."""

import uuid
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET, require_safe

from apps.core.clock import current_time
from apps.portal.app_pages import app_for_site
from apps.portal.guards import open_site
from apps.portal.launch_pages import launch_page
from apps.portal.reader import PortalRequest, portal_page

_SDK = Path(settings.BASE_DIR) / "static" / "sdk" / "v1" / "sdk.js"
_SDK_KEPT_FOR = 24 * 60 * 60


@require_GET
@portal_page
def launch(request: PortalRequest, site_name: str, app_uuid: uuid.UUID) -> HttpResponse:
    """Open an app of a site in a frame, or lead the tab to it.

    What has nothing to open leads to the app's page, which says why.
    """
    rights = open_site(request, site_name)
    app = app_for_site(rights, request.user, app_uuid)
    if app is None:
        raise Http404
    page = launch_page(app, rights.site, request.user, request.reader.language, current_time())
    if page is None:
        return redirect("portal:site_app", site_name=site_name, app_uuid=app_uuid)
    context = {"page": page, "app": page.app, "site": rights.site, "nav": "sites"}
    if page.is_suspended:
        return render(request, "portal/launch_suspended.html", context, status=403)
    response: HttpResponse
    if page.opening.in_new_tab:
        response = HttpResponseRedirect(page.link)
    else:
        response = render(request, "portal/launch.html", context)
        # This page alone may frame something, and only this app.
        response._csp_update = {"frame-src": [page.origin]}  # type: ignore[attr-defined]  # noqa: SLF001
    # The link signs a person in: not even the reader's own browser keeps it.
    patch_cache_control(response, no_store=True)
    return response


@require_safe
def sdk(request: HttpRequest) -> HttpResponse:
    """Serve the script at an address without a hash: apps get it in their link and keep it."""
    response = HttpResponse(_SDK.read_bytes(), content_type="application/javascript; charset=utf-8")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_cache_control(response, public=True, max_age=_SDK_KEPT_FOR)
    return response

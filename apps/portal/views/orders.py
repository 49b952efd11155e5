"""Orders: the list, the page that follows one, its receipt, and calling it off."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import sites_for
from apps.core.clock import current_time
from apps.core.errors import DomainError
from apps.core.money import Money
from apps.orders.models import Order
from apps.orders.receipts import receipt_for
from apps.orders.selectors import order_for, orders_for
from apps.orders.services import withdraw_order
from apps.portal.guards import ask_site_admin, turn_to
from apps.portal.order_pages import order_page
from apps.portal.order_rows import order_rows
from apps.portal.quote_pages import quote_lines
from apps.portal.reader import PortalRequest, portal_page

_ORDERS_ON_A_PAGE = 25


@require_GET
@portal_page
def orders(request: PortalRequest) -> HttpResponse:
    """List the orders of the reader's organization, newest first."""
    if request.reader.is_client:
        return redirect("portal:sites")
    found = orders_for(request.user)
    if request.reader.organization:
        found = found.filter(organization=request.reader.organization)
    page = Paginator(found, _ORDERS_ON_A_PAGE).get_page(request.GET.get("page"))
    rows = order_rows(page.object_list, request.reader.language)
    return render(request, "portal/orders.html", {"page": page, "rows": rows, "nav": "orders"})


@require_GET
@portal_page
def order(request: PortalRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show where an order is; the page follows it until its end, with or without script."""
    row = open_order(request, public_id)
    if isinstance(row, HttpResponse):
        return row
    page = order_page(row, request.reader.language, current_time())
    return render(request, "portal/order.html", {"page": page, "nav": "sites"})


@require_GET
@portal_page
def progress(request: PortalRequest, public_id: uuid.UUID) -> HttpResponse:
    """Answer a poll: the clock each time, the rest of the page only when a step has changed."""
    row = open_order(request, public_id)
    if isinstance(row, HttpResponse):
        return row
    page = order_page(row, request.reader.language, current_time())
    is_changed = request.GET.get("seen") != page.fingerprint
    context = {"page": page, "is_changed": is_changed, "is_poll": True}
    return render(request, "portal/order_progress.html", context)


@require_POST
@portal_page
def cancel(request: PortalRequest, public_id: uuid.UUID) -> HttpResponse:
    """Call an order off; twice is as good as once."""
    row = open_order(request, public_id)
    if isinstance(row, HttpResponse):
        return row
    try:
        withdraw_order(actor=request.user, now=current_time(), order=row)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("portal:order", public_id=row.public_id)


@require_GET
@portal_page
def receipt(request: PortalRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show the receipt of what was charged; an order without a charge has none."""
    row = open_order(request, public_id)
    if isinstance(row, HttpResponse):
        return row
    found = receipt_for(row)
    if found is None:
        raise Http404
    language = request.reader.language
    context = {
        "page": order_page(row, language, current_time()),
        "receipt": found,
        "charged": Money(found.charged, found.currency),
        "refunded": Money(-found.refunded, found.currency),
        "lines": quote_lines(row.quote, language),
        "nav": "orders",
    }
    return render(request, "portal/receipt.html", context)


def open_order(request: PortalRequest, public_id: uuid.UUID) -> Order | HttpResponse:
    """Return an order that the reader may follow, or the page that a client gets instead."""
    row = order_for(request.user, public_id)
    if row is not None:
        if row.installation.site is not None:
            turn_to(request, row.installation.site)
        return row
    site = sites_for(request.user).filter(installations__orders__public_id=public_id).first()
    if site is None:
        raise Http404
    return ask_site_admin(request, site)

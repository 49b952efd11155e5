"""Confirm and pay: the quote, a new card in the flow, and the order."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.access import sites_for
from apps.core.clock import current_time, local_date
from apps.core.errors import DomainError
from apps.orders.models import Order, Quote
from apps.orders.selectors import quote_for
from apps.orders.services import OrderOpen, QuoteExpired, QuoteStale, place_order
from apps.payments.gateways.sandbox import TEST_CARDS
from apps.payments.models import PaymentMethod
from apps.payments.selectors import cards_of
from apps.payments.services import CardRefused, add_card
from apps.portal.app_words import plan_words
from apps.portal.forms import CardForm
from apps.portal.guards import ask_site_admin, turn_to
from apps.portal.quote_pages import quote_page
from apps.portal.reader import PortalRequest, portal_page


@require_http_methods(["GET", "POST"])
@portal_page
def quote(request: PortalRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show a quote, or place its order. A quote that is sold leads to its order."""
    row = _open_quote(request, public_id)
    if isinstance(row, HttpResponse):
        return row
    sold = _order_of(row)
    if sold is not None:
        return redirect("portal:order", public_id=sold.public_id)
    if request.method == "POST":
        return _place(request, row)
    if not row.is_held(current_time()):
        return _show_expired(request, row)
    return _show(request, row)


@require_http_methods(["GET", "POST"])
@portal_page
def new_card(request: PortalRequest, public_id: uuid.UUID) -> HttpResponse:
    """Add a card on the way to paying, and come back to the quote with it chosen."""
    row = _open_quote(request, public_id)
    if isinstance(row, HttpResponse):
        return row
    sold = _order_of(row)
    if sold is not None:
        return redirect("portal:order", public_id=sold.public_id)
    now = current_time()
    if not row.is_held(now):
        # There are no amounts to come back to with a card.
        return _show_expired(request, row)
    today = local_date(now, row.organization.time_zone)
    form = CardForm(request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            add_card(
                actor=request.user, now=now, organization=row.organization, **form.cleaned_data
            )
        except CardRefused as error:
            for field, text in error.problems:
                form.add_error(field or None, text)
        else:
            return redirect("portal:quote", public_id=row.public_id)
    context = {
        "page": quote_page(row, request.reader.language, now),
        "form": form,
        "test_cards": _test_cards(),
        "nav": "sites",
    }
    return render(request, "portal/new_card.html", context, status=422 if form.errors else 200)


def _open_quote(request: PortalRequest, public_id: uuid.UUID) -> Quote | HttpResponse:
    """Return a quote that the reader may pay, or the page that a client gets instead."""
    row = quote_for(request.user, public_id)
    if row is not None and row.site is not None:
        turn_to(request, row.site)
        return row
    site = sites_for(request.user).filter(quotes__public_id=public_id).first()
    if site is None:
        raise Http404
    return ask_site_admin(request, site)


def _order_of(row: Quote) -> Order | None:
    """Return the order that the quote was sold as, unless that ended without success."""
    return row.orders.exclude(status__in=Order.ENDED_WITHOUT_SUCCESS).first()


def _show(
    request: PortalRequest, row: Quote, *, error: str = "", status: int = 200
) -> HttpResponse:
    cards = list(cards_of(row.organization))
    chosen = request.POST.get("card") or (str(cards[0].public_id) if cards else "")
    context = {
        "page": quote_page(row, request.reader.language, current_time()),
        "cards": cards,
        "chosen": chosen,
        "error": error,
        "nav": "sites",
    }
    return render(request, "portal/quote.html", context, status=status)


def _place(request: PortalRequest, row: Quote) -> HttpResponse:
    try:
        order = place_order(
            actor=request.user,
            now=current_time(),
            quote=row,
            payment_method=_chosen_card(request, row),
        )
    except (QuoteExpired, QuoteStale):
        return _show_expired(request, row)
    except OrderOpen as error:
        if error.order is not None:
            # Somebody else was first: without a word their order would pass for the reader's.
            messages.warning(request, _not_placed(request, row))
            return redirect("portal:order", public_id=error.order.public_id)
        return _show(request, row, error=str(error), status=409)
    except DomainError as error:
        return _show(request, row, error=str(error), status=409)
    return redirect("portal:order", public_id=order.public_id)


def _not_placed(request: PortalRequest, row: Quote) -> str:
    plan = plan_words(row.plan, request.reader.language).name
    return _(
        "Your order for %(plan)s was not placed: another order for this app is already under "
        "way, and this page is about that one. Nothing was charged for yours."
    ) % {"plan": plan}


def _chosen_card(request: PortalRequest, row: Quote) -> PaymentMethod | None:
    wanted = request.POST.get("card", "")
    return next(
        (card for card in cards_of(row.organization) if str(card.public_id) == wanted), None
    )


def _show_expired(request: PortalRequest, row: Quote) -> HttpResponse:
    """Say that nothing was charged, and show the way to today's amounts."""
    context = {
        "page": quote_page(row, request.reader.language, current_time()),
        "is_held": row.is_held(current_time()),
        "nav": "sites",
    }
    return render(request, "portal/quote_expired.html", context, status=410)


def _test_cards() -> list[tuple[str, str]]:
    """Return the sandbox's cards, grouped in fours, where the sandbox is the gateway."""
    if settings.PAYMENT_GATEWAY != "sandbox":
        return []
    return [
        (" ".join(number[i : i + 4] for i in range(0, len(number), 4)), str(text))
        for number, (_behaviour, text) in TEST_CARDS.items()
    ]

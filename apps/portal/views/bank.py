"""The sandbox's bank page: where a payer confirms, as a bank's own page would be."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts.access import may_buy_for
from apps.core.clock import current_time
from apps.core.money import Money
from apps.orders.models import Order
from apps.orders.services import settle_payer_action
from apps.payments.gateways.sandbox import answer_payer
from apps.portal.reader import PortalRequest, portal_page


@require_http_methods(["GET", "POST"])
@portal_page
def bank(request: PortalRequest, reference: str) -> HttpResponse:
    """Play the payer's bank: confirm or refuse, then back to the order.

    The real one would be elsewhere; what it did is read from the gateway, not from this form.
    """
    order = (
        Order.objects.select_related("payment__method", "organization", "app")
        .filter(payment__reference=reference, payment__gateway="sandbox")
        .first()
    )
    if order is None or order.payment is None or not may_buy_for(request.user, order.organization):
        raise Http404
    if order.status != Order.Status.PAYER_ACTION:
        return redirect("portal:order", public_id=order.public_id)
    if request.method == "POST":
        answer_payer(reference, approved=request.POST.get("answer") == "confirm")
        settle_payer_action(now=current_time(), order=order)
        return redirect("portal:order", public_id=order.public_id)
    payment = order.payment
    context = {
        "order": order,
        "payment": payment,
        "amount": Money(payment.amount, payment.currency),
    }
    return render(request, "portal/bank.html", context)

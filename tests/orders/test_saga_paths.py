"""Every path of an order, with the money, the entitlement and the events at its end."""

import pytest

from apps.entitlements.models import Entitlement
from apps.ledger.checking import findings
from apps.ledger.models import Entry
from apps.orders.models import Order
from apps.payments.models import Payment, SandboxCharge
from apps.subscriptions.models import Subscription
from apps.webhooks.models import Event
from tests.orders.conftest import Market

pytestmark = pytest.mark.django_db


def test_an_install_is_asked_charged_booked_and_told(market: Market) -> None:
    order = market.run(market.place(market.starter))

    assert order.status == Order.Status.COMPLETED
    assert market.vendor_app.paths() == ["/install"]
    assert SandboxCharge.objects.get().state == SandboxCharge.State.CAPTURED
    assert Payment.objects.get().captured_amount == 1900
    subscription = Subscription.objects.get()
    assert (subscription.plan, subscription.status) == (market.starter, "ACTIVE")
    assert Entitlement.objects.in_force(market.clock()).get().sku == market.starter.sku
    assert list(Event.objects.order_by("sequence").values_list("sequence", "type")) == [
        (1, "entitlement.created"),
        (2, "installation.created"),
        (3, "order.completed"),
    ]
    assert not list(findings())
    assert sum(Entry.objects.filter(amount__gt=0).values_list("amount", flat=True)) == 1900

"""Marketplace staff's test installs: told to the app as free, never billed, never booked."""

import pytest

from apps.entitlements.models import Entitlement
from apps.orders.models import Order
from apps.orders.quotes import NotAllowed
from apps.orders.services import make_quote, place_order
from apps.payments.models import SandboxCharge
from apps.subscriptions.models import Installation, Subscription
from apps.webhooks.models import Event
from tests.factories import UserFactory
from tests.fakes.market import Market
from tests.fakes.vendor_app import Reply
from tests.orders.standing import EVENTS_OF_CHANGE, EVENTS_OF_INSTALL, Standing, standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def testing(market: Market) -> Market:
    """The same market, visited by marketplace staff, who have no card."""
    market.buyer = UserFactory(staff=True)
    return market


def place(market: Market, plan: object) -> Order:
    return place_order(
        actor=market.buyer,
        now=market.clock(),
        quote=market.quote(plan),  # type: ignore[arg-type]
        payment_method=None,
    )


def test_a_test_install_of_a_paid_plan_is_free_everywhere(testing: Market) -> None:
    order = testing.run(place(testing, testing.growth))

    assert (order.status, order.mode, order.total, order.payment) == (
        "COMPLETED",
        "TEST",
        0,
        None,
    )
    assert [(line.kind, line.amount) for line in order.quote.lines.order_by("position")] == [
        ("PLAN", 4900),
        ("TEST", -4900),
    ]
    assert order.quote.renewal_amount == 0
    (ask,) = testing.vendor_app.received
    assert ask.body["free"] is True
    assert ask.body["app_plan_uuid"] == str(testing.growth.uuid)
    assert standing(testing) == Standing(
        installations=("ACTIVE",),
        plan="growth",
        periods=(("PAID", 0),),
        entitled_to=("growth",),
        usable_tokens=1,
        events=EVENTS_OF_INSTALL,
    )
    assert not SandboxCharge.objects.exists()
    for model in (Installation, Subscription, Entitlement):
        assert model.objects.get().mode == "TEST"
    assert set(Event.objects.values_list("mode", flat=True)) == {"TEST"}
    told = Event.objects.get(type="installation.created")
    assert told.data["is_test"] is True


def test_a_test_change_stays_free_and_gives_no_credit(testing: Market) -> None:
    testing.run(place(testing, testing.starter))
    testing.clock.forward(days=3)
    order = testing.run(place(testing, testing.growth))

    assert (order.status, order.mode, order.total) == ("COMPLETED", "TEST", 0)
    assert standing(testing) == Standing(
        installations=("ACTIVE",),
        plan="growth",
        periods=(("CUT", 0), ("PAID", 0)),
        entitled_to=("growth",),
        usable_tokens=1,
        events=EVENTS_OF_INSTALL + EVENTS_OF_CHANGE,
    )


def test_a_test_install_without_answer_is_undone_as_free(testing: Market) -> None:
    testing.vendor_app.answer("/install", Reply(500), Reply(400, "No."))
    order = testing.settle(place(testing, testing.starter))

    assert order.status == Order.Status.REJECTED
    undos = [each.body for each in testing.vendor_app.received if each.path == "/uninstall"]
    assert undos == [{"site_name": testing.site.site_name, "free": True}] * 2
    assert standing(testing) == Standing(installations=("FAILED",))


def test_an_agencys_purchase_is_not_told_as_free_even_when_the_plan_is(market: Market) -> None:
    market.buy(market.free)

    assert market.vendor_app.received[0].body["free"] is False


def test_marketplace_staff_cannot_touch_an_agencys_own_installation_nor_the_agency_theirs(
    market: Market,
) -> None:
    staff = UserFactory(staff=True)
    market.buy(market.starter)
    with pytest.raises(NotAllowed):
        make_quote(
            actor=staff,
            now=market.clock(),
            app=market.app,
            site=market.site,
            plan=market.growth,
        )


def test_an_agency_cannot_change_a_test_install(testing: Market) -> None:
    testing.run(place(testing, testing.starter))
    testing.buyer = testing.agency.owner
    with pytest.raises(NotAllowed):
        testing.quote(testing.growth)

"""Paid, but our own rows will not follow: a person looks; it goes on, or it is refunded."""

from typing import Any

import pytest

from apps.ledger.models import Transaction
from apps.orders import fulfilment
from apps.orders.models import Order
from apps.orders.receipts import receipt_for
from apps.orders.services import TooLate, refund_parked_order, unpark_order
from apps.subscriptions.models import Subscription
from tests.factories import UserFactory
from tests.fakes.market import Market
from tests.orders.standing import EVENTS_OF_INSTALL, Standing, ending, standing, story
from tests.orders.test_saga_paths import ON_STARTER

pytestmark = pytest.mark.django_db

PAID_AND_STUCK = Standing(
    bank=(("CAPTURED", 1900, 0),),
    payments=(("CAPTURED", 1900, 0),),
    installations=("PENDING",),
    usable_tokens=1,
    readable_secrets=1,
)


def fails(*_args: Any, **_facts: Any) -> None:
    raise RuntimeError("the disk is full")


# Each is a step of the one transaction: whatever fails, nothing of it is written.
STEPS = ["lock_stream", "_install", "_grant", "_add_period", "_post", "record_happenings", "move"]


@pytest.mark.parametrize("step", [*STEPS, "forget_secrets"])
def test_a_failure_anywhere_in_fulfilment_writes_nothing_of_it_and_parks_the_order(
    market: Market, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    order = market.place(market.starter)
    with monkeypatch.context() as patch:
        patch.setattr(fulfilment, step, fails)
        market.run(order)

    assert (order.status, order.is_open) == (Order.Status.CAPTURED, True)
    assert order.parked_at == market.clock()
    assert order.parked_why == "It is paid, but cannot be fulfilled: the disk is full"
    assert story(order)[-2:] == ["payment charged", "parked"]
    assert standing(market) == PAID_AND_STUCK
    # It is not tried blindly for ever.
    assert market.wait(order, days=1).parked_at is not None
    assert order.lease_token is None


def test_a_parked_order_is_fulfilled_once_when_a_person_lets_it_go_on(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = market.place(market.starter)
    with monkeypatch.context() as patch:
        patch.setattr(fulfilment, "_post", fails)
        market.run(order)
    unpark_order(actor=UserFactory(staff=True), now=market.clock(), order=order)
    market.run(order)

    assert order.status == Order.Status.COMPLETED
    assert standing(market) == ON_STARTER


def test_a_refund_sends_the_money_back_and_tells_the_app_to_undo(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = UserFactory(staff=True)
    order = market.place(market.starter)
    with monkeypatch.context() as patch:
        patch.setattr(fulfilment, "_post", fails)
        market.run(order)
    refund_parked_order(
        actor=staff, now=market.clock(), order=order, reason="The agency closed its account."
    )
    market.settle(order)

    assert ending(order) == ("ABANDONED", "STALE")
    assert story(order)[-4:] == [
        "parked",
        "staff chose to refund",
        "money released",
        "app told to undo",
    ]
    chosen = order.events.get(outcome="staff chose to refund")
    assert (chosen.actor, chosen.text) == (staff, "The agency closed its account.")
    assert market.vendor_app.paths() == ["/install", "/uninstall"]
    assert standing(market) == Standing(
        bank=(("REFUNDED", 1900, 1900),),
        payments=(("REFUNDED", 1900, 1900),),
        installations=("FAILED",),
    )
    receipt = receipt_for(order)
    assert receipt is not None
    assert (receipt.charged, receipt.refunded) == (1900, 1900)


def test_only_what_is_paid_and_parked_can_be_refunded_so(market: Market) -> None:
    staff = UserFactory(staff=True)
    done = market.buy(market.starter)
    open_order = market.place(market.growth)
    for order in (done, open_order):
        with pytest.raises(TooLate):
            refund_parked_order(actor=staff, now=market.clock(), order=order, reason="?")
    assert standing(market).bank == (("CAPTURED", 1900, 0),)


def test_a_change_whose_subscription_moved_meanwhile_is_parked_and_not_applied_over_it(
    market: Market,
) -> None:
    market.buy(market.starter)
    order = market.place(market.growth)
    Subscription.objects.update(version=7)
    market.run(order)

    assert (order.status, order.parked_at is not None) == (Order.Status.CAPTURED, True)
    assert "the subscription changed after the quote was made" in order.parked_why
    after = standing(market)
    assert (after.plan, after.entitled_to, after.events) == (
        "starter",
        ("starter",),
        EVENTS_OF_INSTALL,
    )
    assert not Transaction.objects.filter(reference=order.reference).exists()


def test_an_installation_that_is_gone_parks_the_order(market: Market) -> None:
    order = market.place(market.starter)
    order.installation.status = "REMOVED"
    order.installation.save()
    market.run(order)

    assert (order.status, order.parked_at is not None) == (Order.Status.CAPTURED, True)
    assert "not pending any more" in order.parked_why

"""Orders that cannot take a step: parked for a person, never lost, never tried blindly."""

from typing import Any

import pytest
from django.db import OperationalError

from apps.orders.engine import BREATHER, STEPS, advance
from apps.orders.leases import claim
from apps.orders.models import Order
from apps.orders.saga import LeaseLost, Status
from apps.orders.services import (
    TooLate,
    retry_order_now,
    settle_parked_order,
    unpark_order,
    withdraw_order,
)
from apps.payments.models import SandboxCharge
from apps.webhooks.models import Ask, Attempt
from tests.factories import UserFactory
from tests.fakes.market import Market
from tests.fakes.vendor_app import Reply

pytestmark = pytest.mark.django_db


def test_an_app_whose_key_cannot_sign_is_not_asked_and_the_order_is_parked(
    market: Market,
) -> None:
    market.app.secret = "!!!"
    market.app.save()

    order = market.run(market.place(market.starter))

    assert order.status == Status.AUTHORIZED
    assert order.parked_at is not None
    assert order.parked_why.startswith("A step failed: ")
    assert not Attempt.objects.exists()
    assert not order.app_may_have_acted
    assert market.vendor_app.received == []


def test_a_parked_order_goes_on_once_its_reason_is_gone(market: Market) -> None:
    secret = market.app.secret
    market.app.secret = "!!!"
    market.app.save()
    order = market.run(market.place(market.starter))
    market.app.secret = secret
    market.app.save()

    unpark_order(actor=UserFactory(staff=True), now=market.clock(), order=order)

    assert market.run(order).status == Order.Status.COMPLETED


@pytest.mark.parametrize("status", [Status.PLACED, Status.AUTHORIZED, Status.CAPTURED])
def test_a_busy_database_puts_an_order_off_and_parks_nothing(
    market: Market, monkeypatch: Any, status: str
) -> None:
    order = market.place(market.starter)
    step, failures = STEPS[status], [OperationalError("database is locked")]

    def busy_once(row: Order, clock: Any) -> None:
        if failures:
            raise failures.pop()
        step(row, clock)

    monkeypatch.setitem(STEPS, status, busy_once)
    market.run(order)
    assert (order.status, order.parked_at) == (status, None)
    assert order.next_attempt_at == market.clock() + BREATHER

    market.clock.forward(seconds=BREATHER.total_seconds())
    assert market.run(order).status == Order.Status.COMPLETED
    assert SandboxCharge.objects.get().state == SandboxCharge.State.CAPTURED


def test_a_worker_that_wakes_after_its_lease_asks_nothing(market: Market) -> None:
    order = market.place(market.starter)
    held = claim(order.pk, now=market.clock())
    assert held is not None
    STEPS[held.status](held, market.clock)
    stalled = claim(order.pk, now=market.clock())
    assert stalled is not None
    assert stalled.status == Status.AUTHORIZED
    market.clock.forward(minutes=2)
    assert market.run(order).status == Order.Status.COMPLETED

    with pytest.raises(LeaseLost):
        STEPS[stalled.status](stalled, market.clock)

    assert market.vendor_app.paths() == ["/install"]
    assert Attempt.objects.get().state == Attempt.State.DONE


def test_a_settled_ask_is_never_sent_again(market: Market) -> None:
    order = market.buy(market.starter)
    ask = Ask.objects.get(key=order.key("ask"))
    assert ask.body == ""

    Order.objects.filter(pk=order.pk).update(
        status=Status.AUTHORIZED, finished_at=None, next_attempt_at=market.clock()
    )
    advance(order.pk, market.clock)

    order.refresh_from_db()
    assert "is settled and is not sent again" in order.parked_why
    assert market.vendor_app.paths() == ["/install"]


def test_an_undo_that_nobody_will_ever_answer_is_settled_by_hand(market: Market) -> None:
    staff = UserFactory(staff=True)
    market.vendor_app.answer("/install", Reply(status=500))
    order = market.run(market.place(market.starter))
    market.app.uninstall_url = "http://127.0.0.1:1/gone"
    market.app.save()
    with pytest.raises(TooLate):
        settle_parked_order(actor=staff, now=market.clock(), order=order, reason="Not yet")
    withdraw_order(actor=market.buyer, now=market.clock(), order=order)
    market.wait(order, minutes=2)
    market.wait(order, hours=25)
    assert (order.status, order.parked_at is not None) == (Status.UNDOING, True)
    with pytest.raises(TooLate):
        retry_order_now(actor=staff, now=market.clock(), order=order)

    settle_parked_order(
        actor=staff, now=market.clock(), order=order, reason="The vendor removed it by hand"
    )

    order.refresh_from_db()
    assert (order.status, order.reason) == ("ABANDONED", "WITHDRAWN")
    assert order.installation.status == "FAILED"
    assert not order.installation.tokens.filter(revoked_at__isnull=True).exists()
    told = order.events.get(outcome="settled by hand")
    assert (told.actor, told.text) == (staff, "The vendor removed it by hand")
    assert SandboxCharge.objects.get().state == SandboxCharge.State.VOIDED
    # The site is free again.
    assert market.buy(market.starter).status == Order.Status.COMPLETED

"""Orders that are called off: by the buyer, by staff, or because the app was suspended."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.catalog.models import App
from apps.orders.models import Order
from apps.orders.services import (
    NotAllowed,
    TooLate,
    park_order,
    retry_order_now,
    unpark_order,
    withdraw_order,
)
from apps.orders.steps import asking, money
from apps.payments.models import Payment
from apps.webhooks.models import Ask
from tests.factories import MembershipFactory, UserFactory
from tests.fakes.market import Market
from tests.fakes.vendor_app import Reply
from tests.orders.standing import Standing, ending, standing, story
from tests.orders.test_saga_paths import ON_STARTER

pytestmark = pytest.mark.django_db

SECOND_LOOK = "4000 0025 0000 3155"
LATE = "4000 0000 0000 0259"
CALLED_OFF = Standing(
    bank=(("VOIDED", 1900, 0),),
    payments=(("VOIDED", 0, 0),),
    installations=("FAILED",),
)


def withdraw(market: Market, order: Order) -> None:
    withdraw_order(actor=market.buyer, now=market.clock(), order=order)


@pytest.fixture
def while_asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Let something happen while the app works on the ask, before its answer is read."""

    def meanwhile(act: Callable[[], None]) -> None:
        real = asking.send

        def send(*args: Any) -> Any:
            answer = real(*args)
            act()
            return answer

        monkeypatch.setattr(asking, "send", send)

    return meanwhile


# --- In each state ------------------------------------------------------------------------------


def test_a_placed_order_that_nobody_has_taken_up_ends_without_touching_anyone(
    market: Market,
) -> None:
    order = market.place(market.starter)
    withdraw(market, order)
    market.run(order)

    assert ending(order) == ("ABANDONED", "WITHDRAWN")
    assert story(order) == ["cancel asked for", "cancelled", "money released"]
    assert market.vendor_app.received == []
    assert standing(market) == Standing(payments=(("VOIDED", 0, 0),), installations=("FAILED",))


def test_a_hold_in_doubt_is_let_go(market: Market) -> None:
    order = market.run(market.place(market.starter, card=market.card_that(LATE)))
    assert standing(market).bank == (("HELD", 1900, 0),)
    withdraw(market, order)
    market.run(order)

    assert ending(order) == ("ABANDONED", "WITHDRAWN")
    assert standing(market) == CALLED_OFF


def test_an_order_that_waits_for_its_payer(market: Market) -> None:
    order = market.run(market.place(market.starter, card=market.card_that(SECOND_LOOK)))
    withdraw(market, order)
    market.run(order)

    assert ending(order) == ("ABANDONED", "WITHDRAWN")
    assert standing(market) == CALLED_OFF


def test_an_order_whose_app_has_not_answered_is_undone_at_once_and_not_at_the_next_ask(
    market: Market,
) -> None:
    market.vendor_app.answer("/install", Reply(500))
    order = market.run(market.place(market.starter))
    market.clock.forward(seconds=30)
    withdraw(market, order)
    market.run(order)

    # The money and the first undo at once: the app's time to act was over 29 s ago.
    assert order.status == Order.Status.UNDOING
    assert market.vendor_app.paths() == ["/install", "/uninstall"]
    assert market.wait(order, seconds=1).status == Order.Status.ABANDONED
    assert ending(order) == ("ABANDONED", "WITHDRAWN")
    assert market.vendor_app.paths() == ["/install", "/uninstall", "/uninstall"]
    assert standing(market) == CALLED_OFF


def test_an_order_that_never_reached_its_app_is_not_undone(
    market: Market, free_port: Any, settings: Any
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    settings.OUTBOUND_ALLOWED_ORIGINS = [market.vendor_app.url, nobody]
    market.app.install_url = f"{nobody}/install"
    market.app.save()
    order = market.run(market.place(market.starter))
    withdraw(market, order)
    market.run(order)

    assert ending(order) == ("ABANDONED", "WITHDRAWN")
    assert market.vendor_app.received == []
    assert standing(market) == CALLED_OFF


@pytest.mark.parametrize("status", ["ACCEPTED", "CAPTURED", "RELEASING", "UNDOING", "COMPLETED"])
def test_it_is_too_late_once_the_app_has_accepted(market: Market, status: str) -> None:
    order = market.place(market.starter)
    Order.objects.filter(pk=order.pk).update(status=status)

    with pytest.raises(TooLate):
        withdraw(market, order)
    order.refresh_from_db()
    assert order.withdrawn_at is None
    assert story(order) == []


def test_calling_off_twice_changes_nothing(market: Market) -> None:
    order = market.place(market.starter)
    withdraw(market, order)
    withdraw(market, order)

    assert story(order) == ["cancel asked for"]
    market.run(order)
    withdraw(market, order)
    assert ending(order) == ("ABANDONED", "WITHDRAWN")


def test_a_change_that_is_called_off_keeps_the_old_plan(market: Market) -> None:
    market.buy(market.starter)
    before = standing(market)
    order = market.place(market.growth)
    withdraw(market, order)
    market.run(order)

    after = standing(market)
    assert (after.plan, after.entitled_to, after.events, after.booked, after.usable_tokens) == (
        before.plan,
        before.entitled_to,
        before.events,
        before.booked,
        before.usable_tokens,
    )


# --- While a step is under way ------------------------------------------------------------------


def test_a_yes_that_comes_after_the_buyer_called_off_is_undone_and_not_charged(
    market: Market, while_asked: Any
) -> None:
    order = market.place(market.starter)
    while_asked(lambda: withdraw(market, order))
    market.settle(order)

    assert ending(order) == ("ABANDONED", "WITHDRAWN")
    assert story(order) == [
        "payment held",
        "cancel asked for",
        "cancelled",
        "money released",
        "app told to undo",
    ]
    assert Ask.objects.get(key=order.key("ask")).outcome == "YES"
    assert market.vendor_app.paths() == ["/install", "/uninstall"]
    assert standing(market) == CALLED_OFF


def test_a_no_that_comes_after_the_buyer_called_off_is_a_no(
    market: Market, while_asked: Any
) -> None:
    market.vendor_app.answer("/install", Reply(400, "No."))
    order = market.place(market.starter)
    while_asked(lambda: withdraw(market, order))
    market.settle(order)

    assert ending(order) == ("REJECTED", "")
    assert order.refusal_text == "No."
    assert standing(market) == CALLED_OFF


def test_silence_after_the_buyer_called_off_does_not_wait_for_the_next_ask(
    market: Market, while_asked: Any
) -> None:
    market.vendor_app.answer("/install", Reply(500))
    order = market.place(market.starter)
    while_asked(lambda: withdraw(market, order))
    market.run(order)

    assert (order.status, order.reason) == (Order.Status.UNDOING, "WITHDRAWN")
    assert standing(market).bank == CALLED_OFF.bank
    market.settle(order)
    assert ending(order) == ("ABANDONED", "WITHDRAWN")
    assert market.vendor_app.paths() == ["/install", "/uninstall", "/uninstall"]


def test_calling_off_while_the_bank_is_asked_does_not_wait_for_the_payer(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = market.place(market.starter, card=market.card_that(SECOND_LOOK))
    real = money._close_call

    def close_call(*args: Any) -> None:
        real(*args)
        withdraw(market, order)

    with monkeypatch.context() as patch:
        patch.setattr(money, "_close_call", close_call)
        market.run(order)

    assert ending(order) == ("ABANDONED", "WITHDRAWN")
    assert standing(market) == CALLED_OFF


# --- By whom ------------------------------------------------------------------------------------


def test_colleagues_and_marketplace_staff_may_call_off_strangers_and_clients_may_not(
    market: Market,
) -> None:
    colleague = MembershipFactory(organization=market.agency).user
    client = MembershipFactory(organization=market.agency, client=True, sites=[market.site]).user
    order = market.place(market.starter)
    for nobody in (UserFactory(), client):
        with pytest.raises(NotAllowed):
            withdraw_order(actor=nobody, now=market.clock(), order=order)
        order.refresh_from_db()
        assert order.withdrawn_at is None

    withdraw_order(actor=colleague, now=market.clock(), order=order)
    assert order.events.get(outcome="cancel asked for").actor == colleague
    market.run(order)

    staff = UserFactory(superuser=True)
    other = market.place(market.starter)
    withdraw_order(actor=staff, now=market.clock(), order=other)
    assert ending(market.run(other)) == ("ABANDONED", "WITHDRAWN")


# --- The app is suspended -----------------------------------------------------------------------


def suspend(app: App) -> None:
    App.objects.filter(pk=app.pk).update(status=App.Status.SUSPENDED)


def test_an_order_of_an_app_that_was_suspended_is_taken_down(market: Market) -> None:
    order = market.place(market.starter)
    suspend(market.app)
    market.run(order)

    assert ending(order) == ("ABANDONED", "TAKEN_DOWN")
    assert market.vendor_app.received == []
    assert standing(market) == Standing(payments=(("VOIDED", 0, 0),), installations=("FAILED",))


def test_a_suspended_app_that_may_have_acted_is_told_to_undo(market: Market) -> None:
    market.vendor_app.answer("/install", Reply(500))
    order = market.run(market.place(market.starter))
    suspend(market.app)
    market.clock.forward(minutes=2)
    market.settle(order)

    assert ending(order) == ("ABANDONED", "TAKEN_DOWN")
    assert market.vendor_app.paths() == ["/install", "/uninstall", "/uninstall"]
    assert standing(market) == CALLED_OFF


def test_a_payer_who_waits_for_an_app_that_was_suspended_is_let_go(market: Market) -> None:
    order = market.run(market.place(market.starter, card=market.card_that(SECOND_LOOK)))
    suspend(market.app)
    market.settle(order)

    assert ending(order) == ("ABANDONED", "TAKEN_DOWN")
    assert standing(market) == CALLED_OFF


def test_what_the_app_has_accepted_is_finished_although_it_is_suspended(
    market: Market, while_asked: Any
) -> None:
    order = market.place(market.starter)
    while_asked(lambda: suspend(market.app))
    market.run(order)

    assert order.status == Order.Status.COMPLETED
    assert standing(market) == ON_STARTER


# --- Parked and hurried -------------------------------------------------------------------------


def test_a_parked_order_stands_still_until_it_is_unparked(market: Market) -> None:
    staff = UserFactory(staff=True)
    order = market.place(market.starter)
    park_order(actor=staff, now=market.clock(), order=order, reason="A look first.")
    market.wait(order, hours=1)

    assert (order.status, order.parked_why) == (Order.Status.PLACED, "A look first.")
    with pytest.raises(TooLate):
        park_order(actor=staff, now=market.clock(), order=order, reason="Again.")
    with pytest.raises(TooLate):
        retry_order_now(actor=staff, now=market.clock(), order=order)

    unpark_order(actor=staff, now=market.clock(), order=order)
    assert market.run(order).status == Order.Status.COMPLETED
    assert [row.actor for row in order.events.filter(outcome__in=["parked", "unparked"])] == [
        staff,
        staff,
    ]
    with pytest.raises(TooLate):
        unpark_order(actor=staff, now=market.clock(), order=order)


def test_a_parked_order_that_is_called_off_ends_when_it_is_unparked(market: Market) -> None:
    staff = UserFactory(staff=True)
    order = market.place(market.starter)
    park_order(actor=staff, now=market.clock(), order=order, reason="A look first.")
    withdraw(market, order)
    market.run(order)
    assert order.status == Order.Status.PLACED

    unpark_order(actor=staff, now=market.clock(), order=order)
    assert ending(market.run(order)) == ("ABANDONED", "WITHDRAWN")


def test_parking_while_the_app_is_asked_keeps_its_answer_on_record(
    market: Market, while_asked: Any
) -> None:
    staff = UserFactory(staff=True)
    order = market.place(market.starter)
    while_asked(lambda: park_order(actor=staff, now=market.clock(), order=order, reason="Wait."))
    market.run(order)

    assert (order.status, order.app_may_have_acted) == (Order.Status.AUTHORIZED, True)
    assert Ask.objects.get().attempts.get().outcome == "YES"
    assert story(order) == ["payment held", "parked", "late answer"]
    assert standing(market).bank == (("HELD", 1900, 0),)


def test_staff_may_hurry_an_ask_but_not_an_undo(market: Market) -> None:
    staff = UserFactory(staff=True)
    market.vendor_app.answer("/install", Reply(500), Reply(500))
    order = market.run(market.place(market.starter))
    retry_order_now(actor=staff, now=market.clock(), order=order)
    market.run(order)
    assert len(market.vendor_app.received) == 2

    withdraw(market, order)
    market.run(order)
    assert order.status == Order.Status.UNDOING
    for _ in range(2):
        due = order.next_attempt_at
        retry_order_now(actor=staff, now=market.clock(), order=order)
        market.run(order)
        # The app may still be working on what the undo takes back.
        assert order.next_attempt_at == due
        market.wait(order, seconds=1)
    assert ending(order) == ("ABANDONED", "WITHDRAWN")
    assert market.vendor_app.paths()[2:] == ["/uninstall", "/uninstall"]


def test_an_order_that_nobody_took_up_in_time_is_given_up_without_a_charge(
    market: Market,
) -> None:
    order = market.place(market.starter)
    market.wait(order, hours=2)

    assert ending(order) == ("ABANDONED", "NOT_STARTED")
    assert market.vendor_app.received == []
    assert Payment.objects.get().calls.filter(act="AUTHORIZE").count() == 0
    assert standing(market) == Standing(payments=(("VOIDED", 0, 0),), installations=("FAILED",))

"""What the bank says: no, later, maybe, and no after yes. Its own book is asserted too."""

import datetime as dt
from typing import Any

import pytest

from apps.orders.models import Order
from apps.orders.receipts import receipt_for
from apps.orders.services import place_order, settle_payer_action, unpark_order
from apps.payments.gateways import sandbox
from apps.payments.gateways.protocol import GatewayAnswer, Held, Outcome
from apps.payments.models import GatewayCall, Payment
from tests.fakes.market import Market
from tests.fakes.vendor_app import Reply
from tests.orders.standing import Standing, ending, standing, story
from tests.orders.test_saga_paths import ON_STARTER

pytestmark = pytest.mark.django_db

DECLINED = "4000 0000 0000 0002"
NO_FUNDS = "4000 0000 0000 9995"
SECOND_LOOK = "4000 0025 0000 3155"
LATE = "4000 0000 0000 0259"
CAPTURE_FAILS = "4000 0000 0000 0119"
CAPTURE_LATE = "4000 0000 0000 0341"

CALLED_OFF = Standing(
    bank=(("VOIDED", 1900, 0),),
    payments=(("VOIDED", 0, 0),),
    installations=("FAILED",),
)


def outcomes(act: str) -> list[str]:
    return list(
        GatewayCall.objects.filter(act=act).order_by("pk").values_list("outcome", flat=True)
    )


class BankThat:
    """The sandbox with some of its answers replaced: what it did stays done."""

    def __init__(self, **behaviours: Any) -> None:
        self.behaviours = behaviours
        self.inner = sandbox.SandboxGateway()

    def __getattr__(self, act: str) -> Any:
        real = getattr(self.inner, act)
        behaviour = self.behaviours.get(act)
        return behaviour(real) if behaviour else real


@pytest.fixture
def bank_that(monkeypatch: pytest.MonkeyPatch) -> Any:
    def put(**behaviours: Any) -> None:
        bank = BankThat(**behaviours)
        monkeypatch.setattr("apps.orders.steps.money.gateway", lambda _name: bank)

    return put


def acts_but_does_not_answer(real: Any) -> Any:
    def act(**facts: Any) -> Any:
        real(**facts)
        return GatewayAnswer(Outcome.UNKNOWN, text="The connection broke.")

    return act


def does_nothing_and_does_not_answer(_real: Any) -> Any:
    return lambda **_facts: GatewayAnswer(Outcome.UNKNOWN, text="The connection broke.")


def does_not_say(_real: Any) -> Any:
    return lambda **_facts: Held.UNKNOWN


# --- The hold -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (DECLINED, "The card was declined."),
        (NO_FUNDS, "The card has insufficient funds."),
    ],
)
def test_a_declined_card_ends_the_order_before_the_app_hears_of_it(
    market: Market, number: str, text: str
) -> None:
    order = market.run(market.place(market.starter, card=market.card_that(number)))

    assert ending(order) == ("DECLINED", "")
    assert Payment.objects.get().decline_text == text
    assert story(order) == ["payment declined"]
    assert market.vendor_app.received == []
    assert standing(market) == Standing(
        bank=(("DECLINED", 1900, 0),),
        payments=(("DECLINED", 0, 0),),
        installations=("FAILED",),
    )


def test_after_a_decline_the_same_quote_is_paid_with_another_card(market: Market) -> None:
    quote = market.quote(market.starter)
    for card in (market.card_that(DECLINED), market.card):
        order = market.run(
            place_order(actor=market.buyer, now=market.clock(), quote=quote, payment_method=card)
        )

    assert order.status == Order.Status.COMPLETED
    assert standing(market).bank == (("DECLINED", 1900, 0), ("CAPTURED", 1900, 0))


def test_a_hold_whose_answer_was_lost_is_asked_for_again_and_held_once(market: Market) -> None:
    order = market.run(market.place(market.starter, card=market.card_that(LATE)))

    assert (order.status, story(order)) == (Order.Status.PLACED, ["payment: no answer"])
    assert order.next_attempt_at == market.clock() + dt.timedelta(seconds=2)
    market.wait(order, seconds=2)

    assert order.status == Order.Status.COMPLETED
    assert outcomes("AUTHORIZE") == ["UNKNOWN", "YES"]
    assert standing(market) == ON_STARTER


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (
            acts_but_does_not_answer,
            Standing(
                bank=(("VOIDED", 1900, 0),),
                payments=(("VOIDED", 0, 0),),
                installations=("FAILED",),
            ),
        ),
        (
            does_nothing_and_does_not_answer,
            Standing(payments=(("VOIDED", 0, 0),), installations=("FAILED",)),
        ),
    ],
)
def test_a_bank_that_never_answers_is_given_up_and_a_hold_it_may_have_made_is_let_go(
    market: Market, bank_that: Any, behaviour: Any, expected: Standing
) -> None:
    bank_that(authorize=behaviour)
    order = market.settle(market.place(market.starter))

    assert ending(order) == ("ABANDONED", "PAYMENT_LOST")
    assert order.finished_at is not None
    assert order.finished_at - order.placed_at >= dt.timedelta(minutes=30)
    assert len(set(GatewayCall.objects.filter(act="AUTHORIZE").values_list("key"))) == 1
    assert market.vendor_app.received == []
    assert standing(market) == expected


# --- The payer's bank wants a second look -------------------------------------------------------


def test_a_payer_who_confirms_is_charged(market: Market) -> None:
    order = market.run(market.place(market.starter, card=market.card_that(SECOND_LOOK)))

    assert order.status == Order.Status.PAYER_ACTION
    payment = Payment.objects.get()
    assert payment.action_url == f"/bank/{payment.reference}/"
    assert (payment.status, market.vendor_app.received) == ("ACTION", [])

    assert sandbox.answer_payer(payment.reference, approved=True)
    settle_payer_action(now=market.clock(), order=order)
    market.run(order)

    assert order.status == Order.Status.COMPLETED
    assert standing(market) == ON_STARTER


def test_coming_back_from_the_bank_without_confirming_moves_nothing(market: Market) -> None:
    order = market.run(market.place(market.starter, card=market.card_that(SECOND_LOOK)))
    settle_payer_action(now=market.clock(), order=order)
    market.run(order)

    assert order.status == Order.Status.PAYER_ACTION
    assert order.next_attempt_at == order.quote.expires_at
    assert standing(market).bank == (("ACTION", 1900, 0),)


def test_a_payer_who_refuses_ends_the_order(market: Market) -> None:
    order = market.run(market.place(market.starter, card=market.card_that(SECOND_LOOK)))
    sandbox.answer_payer(Payment.objects.get().reference, approved=False)
    settle_payer_action(now=market.clock(), order=order)
    market.run(order)

    assert ending(order) == ("DECLINED", "")
    assert market.vendor_app.received == []
    assert standing(market) == Standing(
        bank=(("DECLINED", 1900, 0),),
        payments=(("DECLINED", 0, 0),),
        installations=("FAILED",),
    )


def test_a_payer_who_never_answers_is_not_waited_for_beyond_the_quote(market: Market) -> None:
    order = market.settle(market.place(market.starter, card=market.card_that(SECOND_LOOK)))

    assert ending(order) == ("ABANDONED", "EXPIRED")
    assert order.finished_at == order.quote.expires_at
    assert not sandbox.answer_payer(Payment.objects.get().reference, approved=True)
    assert standing(market) == CALLED_OFF


def test_a_bank_that_does_not_say_what_the_payer_did_is_asked_again_soon(
    market: Market, bank_that: Any
) -> None:
    order = market.run(market.place(market.starter, card=market.card_that(SECOND_LOOK)))
    sandbox.answer_payer(Payment.objects.get().reference, approved=True)
    bank_that(find=does_not_say)
    settle_payer_action(now=market.clock(), order=order)
    market.run(order)

    assert order.status == Order.Status.PAYER_ACTION
    assert order.next_attempt_at == market.clock() + dt.timedelta(seconds=2)
    bank_that()
    assert market.wait(order, seconds=2).status == Order.Status.COMPLETED


# --- The charge ---------------------------------------------------------------------------------


def test_a_hold_that_cannot_be_charged_is_let_go_and_the_app_told_to_undo(
    market: Market,
) -> None:
    order = market.settle(market.place(market.starter, card=market.card_that(CAPTURE_FAILS)))

    assert ending(order) == ("ABANDONED", "CAPTURE_FAILED")
    assert story(order) == [
        "payment held",
        "app said yes",
        "charge refused",
        "money released",
        "app told to undo",
    ]
    # It answered, so that it is told once.
    assert market.vendor_app.paths() == ["/install", "/uninstall"]
    assert standing(market) == CALLED_OFF
    assert receipt_for(order) is None


def test_a_charge_whose_answer_was_lost_is_found_and_not_made_twice(market: Market) -> None:
    order = market.run(market.place(market.starter, card=market.card_that(CAPTURE_LATE)))

    assert order.status == Order.Status.COMPLETED
    assert (outcomes("CAPTURE"), outcomes("FIND")) == (["UNKNOWN"], ["CAPTURED"])
    assert standing(market) == ON_STARTER
    receipt = receipt_for(order)
    assert receipt is not None
    assert (receipt.charged, receipt.refunded, receipt.number) == (1900, 0, order.number)


def test_a_charge_that_is_in_doubt_is_never_released_and_parked_after_an_hour(
    market: Market, bank_that: Any
) -> None:
    bank_that(capture=acts_but_does_not_answer, find=does_not_say)
    order = market.settle(market.place(market.starter))

    assert (order.status, order.is_open) == (Order.Status.ACCEPTED, True)
    assert order.parked_at is not None
    assert order.parked_at - order.placed_at >= dt.timedelta(hours=1)
    assert standing(market).bank == (("CAPTURED", 1900, 0),)
    assert outcomes("VOID") == outcomes("REFUND") == []
    assert {call.key for call in GatewayCall.objects.filter(act="CAPTURE")} == {
        order.key("capture")
    }


def test_a_parked_charge_goes_on_from_where_it_was(market: Market, bank_that: Any) -> None:
    bank_that(capture=acts_but_does_not_answer, find=does_not_say)
    order = market.settle(market.place(market.starter))
    unpark_order(actor=market.buyer, now=market.clock(), order=order)
    # An hour more before it is parked again.
    market.run(order)
    assert order.parked_at is None
    bank_that()
    market.settle(order)

    assert order.status == Order.Status.COMPLETED
    assert standing(market) == ON_STARTER


# --- The release --------------------------------------------------------------------------------


def test_a_release_without_answer_is_repeated_with_its_key_until_it_is_certain(
    market: Market, bank_that: Any
) -> None:
    market.vendor_app.answer("/install", Reply(400, "No."))
    bank_that(void=does_nothing_and_does_not_answer)
    order = market.run(market.place(market.starter))
    assert (order.status, standing(market).bank) == ("RELEASING", (("HELD", 1900, 0),))
    bank_that(void=acts_but_does_not_answer)
    market.settle(order)

    assert ending(order) == ("REJECTED", "")
    assert {call.key for call in GatewayCall.objects.filter(act="VOID")} == {order.key("void")}
    assert standing(market) == CALLED_OFF


def test_a_bank_that_does_not_say_what_it_holds_is_asked_for_an_hour_then_a_person_looks(
    market: Market, bank_that: Any
) -> None:
    market.vendor_app.answer("/install", Reply(400, "No."))
    bank_that(find=does_not_say)
    order = market.settle(market.place(market.starter))

    assert (order.status, order.parked_at is not None) == (Order.Status.RELEASING, True)
    assert outcomes("VOID") == [], "nothing is released blindly"
    assert standing(market).bank == (("HELD", 1900, 0),)

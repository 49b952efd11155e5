"""How far an order is, for whoever waits on its page."""

import dataclasses
import datetime as dt
import enum

from apps.orders.models import Order
from apps.orders.saga import WITHDRAWABLE, Outcome
from apps.orders.selectors import attempts_at_app
from apps.payments.models import Payment
from apps.webhooks.models import Attempt


class StepState(enum.StrEnum):
    """How a step of the progress stands."""

    DONE = "done"
    NOW = "now"
    WAIT = "wait"
    """Nothing is wrong, and nothing happens for a while."""
    BAD = "bad"
    TODO = "todo"
    LEFT_OUT = "left_out"
    """It will not come to this step any more."""


@dataclasses.dataclass(frozen=True, slots=True)
class OrderProgress:
    """Four steps (payment, app, activation, end), and what there is to know while waiting."""

    order: Order
    payment: StepState
    app: StepState
    activation: StepState
    end: StepState
    payment_at: dt.datetime | None
    asked_since: dt.datetime | None
    app_at: dt.datetime | None
    attempts: tuple[Attempt, ...]
    next_ask_at: dt.datetime | None
    held: int
    """Minor units that are held on the card now."""
    charged: int
    """Minor units that were charged and not given back."""
    can_withdraw: bool
    waits_for_worker: bool
    """Nobody has taken the order up: no worker is running."""

    @property
    def is_final(self) -> bool:
        """Whether nothing more will change."""
        return not self.order.is_open


WORKER_PATIENCE = dt.timedelta(seconds=15)
"""A due step that nobody has taken for so long means that no worker is running."""


def order_progress(order: Order, *, now: dt.datetime) -> OrderProgress:
    """Return how far ``order`` is. Its page, and the part of it that polls, are built from this."""
    moments = {(row.outcome, row.to_status): row.at for row in order.events.order_by("-at", "-pk")}
    held_at = moments.get((Outcome.HELD, "AUTHORIZED")) or moments.get(
        (Outcome.NOTHING_TO_PAY, "AUTHORIZED")
    )
    yes_at = moments.get((Outcome.YES, "ACCEPTED"))
    attempts = tuple(attempts_at_app(order))
    payment = order.payment
    is_held = payment is not None and payment.status == Payment.Status.AUTHORIZED
    return OrderProgress(
        order=order,
        payment=_payment_step(order, held_at),
        app=StepState.DONE if yes_at else _app_step(order, held_at, attempts),
        activation=_activation_step(order),
        end=StepState.DONE if order.status == Order.Status.COMPLETED else StepState.TODO,
        payment_at=held_at,
        asked_since=attempts[0].started_at if attempts else None,
        app_at=yes_at,
        attempts=attempts,
        next_ask_at=_next_ask_at(order, attempts, now),
        held=payment.amount if payment is not None and is_held else 0,
        charged=payment.captured_amount - payment.refunded_amount if payment else 0,
        can_withdraw=order.status in WITHDRAWABLE and order.withdrawn_at is None,
        waits_for_worker=_waits_for_worker(order, now),
    )


def _payment_step(order: Order, held_at: dt.datetime | None) -> StepState:
    if order.status == Order.Status.DECLINED:
        return StepState.BAD
    if order.status == Order.Status.PAYER_ACTION:
        return StepState.WAIT
    if held_at is not None:
        return StepState.DONE
    return StepState.NOW if order.status == Order.Status.PLACED else StepState.LEFT_OUT


def _app_step(
    order: Order, held_at: dt.datetime | None, attempts: tuple[Attempt, ...]
) -> StepState:
    if order.status in (Order.Status.AUTHORIZED, Order.Status.WAITING):
        unanswered = any(row.state != Attempt.State.SENDING for row in attempts)
        return StepState.WAIT if unanswered else StepState.NOW
    if Order.Status.REJECTED in (order.status, order.ending):
        return StepState.BAD
    if order.reason in (Order.Reason.NO_ANSWER, Order.Reason.APP_DOWN):
        return StepState.BAD
    return StepState.TODO if order.is_open and held_at is None else StepState.LEFT_OUT


def _activation_step(order: Order) -> StepState:
    if order.status == Order.Status.COMPLETED:
        return StepState.DONE
    if order.status in (Order.Status.ACCEPTED, Order.Status.CAPTURED):
        return StepState.WAIT if order.parked_at else StepState.NOW
    if order.reason == Order.Reason.CAPTURE_FAILED:
        return StepState.BAD
    is_on_its_way = order.status in WITHDRAWABLE
    return StepState.TODO if is_on_its_way else StepState.LEFT_OUT


def _next_ask_at(
    order: Order, attempts: tuple[Attempt, ...], now: dt.datetime
) -> dt.datetime | None:
    if order.status != Order.Status.AUTHORIZED or not attempts or order.parked_at:
        return None
    due = order.next_attempt_at
    return due if due is not None and now < due < order.give_up_at else None


def _waits_for_worker(order: Order, now: dt.datetime) -> bool:
    return (
        order.is_open
        and order.parked_at is None
        and order.next_attempt_at is not None
        and now - order.next_attempt_at > WORKER_PATIENCE
        and (order.lease_expires_at is None or order.lease_expires_at <= now)
    )

"""The steps that talk to the payment gateway: hold, charge, release."""

import datetime as dt
from typing import Any

from django.db import transaction

from apps.orders.clock import Clock
from apps.orders.endings import close_without_success
from apps.orders.models import Order
from apps.orders.parking import in_status_since, park
from apps.orders.saga import Outcome, Status, move
from apps.orders.schedule import (
    PARK_MONEY_AFTER,
    PAYMENT_GIVE_UP_AFTER,
    backoff,
    undo_not_before,
)
from apps.payments.gateways.protocol import GatewayAnswer, Held, gateway
from apps.payments.gateways.protocol import Outcome as Answered
from apps.payments.models import GatewayCall, Payment


def authorize(order: Order, clock: Clock) -> None:
    """PLACED: hold the money, or go on when there is none to hold."""
    payment = order.payment
    if payment is None:
        _move(order, Outcome.NOTHING_TO_PAY, clock())
        return
    if clock() >= order.give_up_at:
        # What was promised for today is not charged after an outage of ours.
        _move(
            order,
            Outcome.PAYMENT_GIVEN_UP,
            clock(),
            ending=Status.ABANDONED,
            reason=Order.Reason.NOT_STARTED,
        )
        return
    call = _open_call(payment, GatewayCall.Act.AUTHORIZE, payment.key, clock())
    answer = gateway(payment.gateway).authorize(
        key=payment.key,
        token=payment.method.token,
        amount=payment.amount,
        currency=payment.currency,
    )
    _close_call(call, answer, clock())
    _take_in(order, payment, answer, clock())


def look_for_payer(order: Order, clock: Clock) -> None:
    """PAYER_ACTION: see what the bank holds by now."""
    payment = _payment(order)
    held = _found(payment, clock)
    now = clock()
    if held == Held.HELD:
        _take_in(order, payment, GatewayAnswer(Answered.YES, payment.reference), now)
    elif held == Held.NOTHING:
        answer = GatewayAnswer(
            Answered.NO, payment.reference, "The payment was not confirmed with the bank."
        )
        _take_in(order, payment, answer, now)
    elif now >= order.quote.expires_at:
        _move(
            order,
            Outcome.PAYER_TOO_LATE,
            now,
            ending=Status.ABANDONED,
            reason=Order.Reason.EXPIRED,
        )
    elif held == Held.UNKNOWN:
        tries = payment.calls.filter(act=GatewayCall.Act.FIND).count()
        again = min(backoff(tries, now), order.quote.expires_at)
        with transaction.atomic():
            move(order, Outcome.PAYMENT_UNKNOWN, now=now, next_attempt_at=again)
    else:
        with transaction.atomic():
            move(order, Outcome.PAYER_MUST_ACT, now=now, next_attempt_at=order.quote.expires_at)


def capture(order: Order, clock: Clock) -> None:
    """ACCEPTED: take the money that is held."""
    payment = order.payment
    if payment is None:
        _move(order, Outcome.CAPTURED, clock())
        return
    key = order.key("capture")
    call = _open_call(payment, GatewayCall.Act.CAPTURE, key, clock())
    answer = gateway(payment.gateway).capture(key=key, payment_key=payment.key)
    _close_call(call, answer, clock())
    # A no may also mean "taken already": what the gateway holds decides.
    if answer.outcome != Answered.YES and _found(payment, clock) == Held.CAPTURED:
        answer = GatewayAnswer(Answered.YES, payment.reference)
    now = clock()
    if answer.outcome == Answered.YES:
        with transaction.atomic():
            Payment.objects.filter(pk=payment.pk).update(
                status=Payment.Status.CAPTURED, captured_amount=payment.amount, captured_at=now
            )
            move(order, Outcome.CAPTURED, now=now, next_attempt_at=now)
    elif answer.outcome == Answered.NO:
        _move(
            order,
            Outcome.CAPTURE_REFUSED,
            now,
            text=answer.text,
            ending=Status.ABANDONED,
            reason=Order.Reason.CAPTURE_FAILED,
            app_may_have_acted=True,
        )
    else:
        _again_or_park(order, Outcome.CAPTURE_UNKNOWN, now)


def release(order: Order, clock: Clock) -> None:
    """RELEASING: let the money go, by whatever the gateway says that it holds."""
    payment = order.payment
    if payment is None:
        _released(order, None, Payment.Status.VOIDED, clock())
        return
    held = _found(payment, clock)
    if held in (Held.NOTHING, Held.REFUNDED):
        _released(order, payment, _status_after(held, payment), clock())
        return
    if held == Held.UNKNOWN:
        _again_or_park(order, Outcome.RELEASE_UNKNOWN, clock())
        return
    is_taken = held == Held.CAPTURED
    act = GatewayCall.Act.REFUND if is_taken else GatewayCall.Act.VOID
    key = order.key("refund" if is_taken else "void")
    call = _open_call(payment, act, key, clock())
    door = gateway(payment.gateway)
    if is_taken:
        answer = door.refund(key=key, payment_key=payment.key, amount=payment.amount)
    else:
        answer = door.void(key=key, payment_key=payment.key)
    now = clock()
    _close_call(call, answer, now)
    if answer.outcome == Answered.YES:
        status = Payment.Status.REFUNDED if is_taken else Payment.Status.VOIDED
        _released(order, payment, status, now)
    else:
        # A no is as unfinished as silence here: what is held decides, at the next look.
        _again_or_park(order, Outcome.RELEASE_UNKNOWN, now)


def _take_in(order: Order, payment: Payment, answer: GatewayAnswer, now: dt.datetime) -> None:
    """Record what the bank said about the hold, and move."""
    reference = {"reference": answer.reference} if answer.reference else {}
    rows = Payment.objects.filter(pk=payment.pk)
    with transaction.atomic():
        match answer.outcome:
            case Answered.YES:
                rows.update(status=Payment.Status.AUTHORIZED, authorized_at=now, **reference)
                move(order, Outcome.HELD, now=now, next_attempt_at=now)
            case Answered.NO:
                rows.update(status=Payment.Status.DECLINED, decline_text=answer.text, **reference)
                move(
                    order,
                    Outcome.PAYMENT_DECLINED,
                    now=now,
                    next_attempt_at=None,
                    text=answer.text,
                )
                close_without_success(order, now=now)
            case Answered.ACTION:
                rows.update(status=Payment.Status.ACTION, action_url=answer.action_url, **reference)
                move(
                    order,
                    Outcome.PAYER_MUST_ACT,
                    now=now,
                    next_attempt_at=order.quote.expires_at,
                )
            case Answered.UNKNOWN if now >= order.placed_at + PAYMENT_GIVE_UP_AFTER:
                move(
                    order,
                    Outcome.PAYMENT_GIVEN_UP,
                    now=now,
                    next_attempt_at=now,
                    ending=Status.ABANDONED,
                    reason=Order.Reason.PAYMENT_LOST,
                )
            case Answered.UNKNOWN:
                tries = payment.calls.filter(act=GatewayCall.Act.AUTHORIZE).count()
                move(
                    order,
                    Outcome.PAYMENT_UNKNOWN,
                    now=now,
                    next_attempt_at=backoff(tries, now),
                    text=answer.text,
                )


def _released(order: Order, payment: Payment | None, status: str, now: dt.datetime) -> None:
    with transaction.atomic():
        if payment is not None:
            refunded = {
                "captured_amount": payment.amount,
                "refunded_amount": payment.amount,
            }
            Payment.objects.filter(pk=payment.pk).update(
                status=status,
                released_at=now,
                **(refunded if status == Payment.Status.REFUNDED else {}),
            )
        move(order, Outcome.RELEASED, now=now, next_attempt_at=undo_not_before(order, now))
        if not order.is_open:
            close_without_success(order, now=now)


def _status_after(held: Held, payment: Payment) -> str:
    if held == Held.REFUNDED:
        return Payment.Status.REFUNDED
    if payment.status == Payment.Status.DECLINED:
        return Payment.Status.DECLINED
    return Payment.Status.VOIDED


def _found(payment: Payment, clock: Clock) -> Held:
    call = _open_call(payment, GatewayCall.Act.FIND, payment.key, clock())
    held = gateway(payment.gateway).find(payment_key=payment.key)
    GatewayCall.objects.filter(pk=call.pk).update(outcome=held.value, finished_at=clock())
    return held


def _payment(order: Order) -> Payment:
    if order.payment is None:
        raise RuntimeError(f"order {order.number} waits for a payer but has no payment")
    return order.payment


def _again_or_park(order: Order, outcome: Outcome, now: dt.datetime) -> None:
    since = in_status_since(order)
    tries = order.events.filter(outcome=outcome, at__gte=since).count() + 1
    with transaction.atomic():
        if now - since >= PARK_MONEY_AFTER:
            park(order, f"The gateway has not answered for an hour ({outcome}).", now=now)
            return
        move(order, outcome, now=now, next_attempt_at=backoff(tries, now))


def _move(order: Order, outcome: Outcome, now: dt.datetime, **changes: Any) -> None:
    with transaction.atomic():
        move(order, outcome, now=now, next_attempt_at=now, **changes)


def _open_call(payment: Payment, act: GatewayCall.Act, key: str, now: dt.datetime) -> GatewayCall:
    """Write down that the gateway is about to be asked, before it is."""
    return GatewayCall.objects.create(payment=payment, act=act, key=key, started_at=now)


def _close_call(call: GatewayCall, answer: GatewayAnswer, now: dt.datetime) -> None:
    GatewayCall.objects.filter(pk=call.pk).update(
        outcome=answer.outcome.value, text=answer.text[:300], finished_at=now
    )

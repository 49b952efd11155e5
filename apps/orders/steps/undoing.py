"""UNDOING: the money is free; now tell the app to take back what it may have done."""

import datetime as dt

from django.db import transaction

from apps.orders.clock import Clock
from apps.orders.endings import close_without_success
from apps.orders.leases import hold, put_off
from apps.orders.models import Order
from apps.orders.parking import in_status_since, park
from apps.orders.questions import undo_of
from apps.orders.saga import Outcome, move
from apps.orders.schedule import PARK_UNDO_AFTER, backoff, undo_not_before
from apps.webhooks.asks import (
    close_attempt,
    mark_lost,
    open_attempt,
    prepare_ask,
    send,
    settle_ask,
    sign,
)
from apps.webhooks.models import Ask, Attempt


def undo(order: Order, clock: Clock) -> None:
    """Tell the app to undo; a second time where its first answer was never known.

    A slow app may act on the order's ask after the first undo. So an order with an unanswered
    ask is undone twice, one ask timeout apart, each under its own id.
    """
    now = clock()
    is_second = Ask.objects.filter(key=order.key("undo"), settled_at__isnull=False).exists()
    earliest = undo_not_before(order, now)
    if is_second and order.second_undo_at is not None:
        earliest = max(earliest, order.second_undo_at)
    if now < earliest:
        # Hurried by staff: what the app still works on would come after what undoes it.
        put_off(order, earliest)
        return
    with transaction.atomic():
        hold(order)
        snapshot = undo_of(order)
        ask = None
        if snapshot is not None and order.plan_asks:
            ask = prepare_ask(
                key=order.key("undo2" if is_second else "undo"),
                dialect=order.plan_asks,
                snapshot=lambda: snapshot,
                timeout=order.ask_timeout,
                now=now,
            )
        if ask is None:
            _end(order, Outcome.UNDONE, None, now)
            return
        mark_lost(ask)
        request = sign(ask)
        attempt = open_attempt(ask, now=now)
    send(request, attempt)
    # Recorded for itself: it is true even if the lease is lost by now.
    close_attempt(attempt)
    _take_in(order, ask, attempt, is_second, clock())


def _take_in(order: Order, ask: Ask, attempt: Attempt, is_second: bool, now: dt.datetime) -> None:
    with transaction.atomic():
        hold(order)
        if attempt.outcome in (Ask.Outcome.YES, Ask.Outcome.REFUSED):
            settle_ask(ask, outcome=attempt.outcome, text="", now=now)
            refused = attempt.outcome == Ask.Outcome.REFUSED
            is_called_for = order.second_undo_at is not None or _had_unanswered_ask(order)
            if is_called_for and not is_second:
                again = now + dt.timedelta(seconds=order.ask_timeout)
                move(
                    order,
                    Outcome.UNDO_SCHEDULED,
                    now=now,
                    next_attempt_at=again,
                    attempt=attempt,
                    second_undo_at=again,
                )
                return
            _end(order, Outcome.UNDO_REFUSED if refused else Outcome.UNDONE, attempt, now)
            return
        if now - in_status_since(order) >= PARK_UNDO_AFTER:
            park(
                order,
                "The app has not taken back what it may have done for a day. "
                "The money is free; settle it with the app's developer.",
                now=now,
            )
            return
        move(
            order,
            Outcome.UNDO_UNKNOWN,
            now=now,
            next_attempt_at=backoff(ask.attempts.count() + 2, now),
            attempt=attempt,
            text=attempt.error_text,
        )


def _end(order: Order, outcome: Outcome, attempt: Attempt | None, now: dt.datetime) -> None:
    move(order, outcome, now=now, next_attempt_at=None, attempt=attempt)
    close_without_success(order, now=now)


def _had_unanswered_ask(order: Order) -> bool:
    return Attempt.objects.filter(ask__key=order.key("ask"), outcome=Ask.Outcome.UNKNOWN).exists()

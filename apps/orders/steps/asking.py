"""AUTHORIZED: ask the app, and read its answer."""

import datetime as dt

from django.db import transaction

from apps.orders.clock import Clock
from apps.orders.leases import hold, put_off
from apps.orders.models import Order
from apps.orders.questions import question_of
from apps.orders.saga import LeaseLost, Outcome, Status, move, note
from apps.orders.schedule import next_ask_at
from apps.webhooks.asks import (
    ask_dialect,
    close_attempt,
    mark_lost,
    open_attempt,
    prepare_ask,
    refusal_text,
    send,
    settle_ask,
    sign,
)
from apps.webhooks.client import Answer
from apps.webhooks.models import Ask, Attempt


def ask_app(order: Order, clock: Clock) -> None:
    """Ask once, or give up when the time for it has come."""
    now = clock()
    with transaction.atomic():
        # A worker that stood still for longer than its lease must not ask what was settled.
        if hold(order).withdrawn_at is not None:
            put_off(order, now)
            return
        ask = None
        if order.plan_asks:
            ask = prepare_ask(
                key=order.key("ask"),
                dialect=order.plan_asks,
                snapshot=lambda: question_of(order),
                timeout=order.ask_timeout,
                now=now,
            )
        if ask is None:
            move(order, Outcome.NOT_ASKED, now=now, next_attempt_at=now)
            return
        if mark_lost(ask):
            # Whoever sent it died: the app may have it, so it counts as unanswered from here on.
            _remember_that_app_may_have_acted(order)
        if _is_over(order, ask, now):
            _give_up(order, ask, now)
            return
        request = sign(ask)
        attempt = open_attempt(ask, now=now)
    answer = send(request, attempt)
    _take_in(order, ask, attempt, answer, clock())


def _take_in(order: Order, ask: Ask, attempt: Attempt, answer: Answer, now: dt.datetime) -> None:
    try:
        with transaction.atomic():
            close_attempt(attempt)
            _move_by_outcome(order, ask, attempt, answer, now)
    except LeaseLost:
        # The order went on without us. The attempt is the truth about what the app was asked.
        with transaction.atomic():
            close_attempt(attempt)
            _call_for_second_undo(order, attempt, now)


def _move_by_outcome(
    order: Order, ask: Ask, attempt: Attempt, answer: Answer, now: dt.datetime
) -> None:
    withdrawn = hold(order).withdrawn_at is not None
    match attempt.outcome:
        case Ask.Outcome.YES if withdrawn:
            # The buyer called it off while the app was saying yes: it acted, and must undo it.
            settle_ask(ask, outcome=Ask.Outcome.YES, text="", now=now)
            _remember_that_app_may_have_acted(order)
            move(
                order,
                Outcome.WITHDRAWN,
                now=now,
                next_attempt_at=now,
                attempt=attempt,
                ending=Status.ABANDONED,
                reason=Order.Reason.WITHDRAWN,
            )
        case Ask.Outcome.YES:
            settle_ask(ask, outcome=Ask.Outcome.YES, text="", now=now)
            move(order, Outcome.YES, now=now, next_attempt_at=now, attempt=attempt)
        case Ask.Outcome.REFUSED:
            text = refusal_text(answer)
            settle_ask(ask, outcome=Ask.Outcome.REFUSED, text=text, now=now)
            move(
                order,
                Outcome.REFUSED,
                now=now,
                next_attempt_at=now,
                attempt=attempt,
                text=text,
                ending=Status.REJECTED,
                refusal_text=text,
            )
        case Ask.Outcome.NOT_SENT:
            move(
                order,
                Outcome.NOT_SENT,
                now=now,
                next_attempt_at=_next(order, ask, now),
                attempt=attempt,
                text=attempt.error_text,
            )
        case _:
            may_repeat = ask_dialect(ask.dialect).repeatable or order.app.repeats_are_safe
            move(
                order,
                Outcome.NO_ANSWER,
                now=now,
                # What must not be repeated is undone at once: due now, and over; see _is_over.
                next_attempt_at=_next(order, ask, now) if may_repeat else now,
                attempt=attempt,
                text=attempt.error_text,
                app_may_have_acted=True,
            )


def _next(order: Order, ask: Ask, now: dt.datetime) -> dt.datetime:
    attempts = list(ask.attempts.order_by("number").values_list("started_at", flat=True))
    return next_ask_at(attempts[0], len(attempts), now, order.give_up_at)


def _is_over(order: Order, ask: Ask, now: dt.datetime) -> bool:
    if now >= order.give_up_at:
        return True
    may_repeat = ask_dialect(ask.dialect).repeatable or order.app.repeats_are_safe
    return order.app_may_have_acted and not may_repeat


def _give_up(order: Order, ask: Ask, now: dt.datetime) -> None:
    if order.app_may_have_acted:
        outcome, reason = Outcome.NO_ANSWER_GIVEN_UP, Order.Reason.NO_ANSWER
        settle_ask(ask, outcome=Ask.Outcome.UNKNOWN, text="", now=now)
    else:
        was_tried = ask.attempts.exists()
        outcome = Outcome.NOT_REACHED_GIVEN_UP
        reason = Order.Reason.APP_DOWN if was_tried else Order.Reason.NOT_STARTED
        settle_ask(ask, outcome=Ask.Outcome.NOT_SENT, text="", now=now)
    move(
        order,
        outcome,
        now=now,
        next_attempt_at=now,
        ending=Status.ABANDONED,
        reason=reason,
    )


def _remember_that_app_may_have_acted(order: Order) -> None:
    order.app_may_have_acted = True
    Order.objects.filter(pk=order.pk).update(app_may_have_acted=True)


def _call_for_second_undo(order: Order, attempt: Attempt, now: dt.datetime) -> None:
    """A late word of the app: if the order is on its way out, the app must be told once more."""
    if attempt.outcome not in (Ask.Outcome.YES, Ask.Outcome.UNKNOWN):
        return
    note(
        order,
        "late answer",
        order.status,
        now=now,
        attempt=attempt,
        text="An answer came after the order had gone on.",
    )
    rows = Order.objects.filter(pk=order.pk)
    rows.filter(status__in=[Status.AUTHORIZED, Status.RELEASING, Status.UNDOING]).update(
        app_may_have_acted=True
    )
    rows.filter(status__in=[Status.RELEASING, Status.UNDOING]).update(second_undo_at=now)

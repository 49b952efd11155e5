"""The table by which every order moves, and the one function that moves it.

State lives in our rows. A step claims the order by a lease (:mod:`apps.orders.leases`), acts
outside of every transaction (:mod:`apps.orders.steps`), and hands the outcome to :func:`move`,
which looks the target up here and writes it only if the lease still holds.
"""

import datetime as dt
import enum
from typing import Any

from django.db.models import Case, Value, When

from apps.accounts.models import User
from apps.orders.models import Order, OrderEvent
from apps.webhooks.models import Attempt

Status = Order.Status


class LeaseLost(Exception):
    """Somebody else has the order now: what was found out is recorded, and nothing moves."""


class Outcome(enum.StrEnum):
    """What a step found out. The value is what the order's story shows."""

    NOTHING_TO_PAY = "nothing to pay"
    HELD = "payment held"
    PAYMENT_DECLINED = "payment declined"
    PAYER_MUST_ACT = "payer must act"
    PAYMENT_UNKNOWN = "payment: no answer"
    PAYMENT_GIVEN_UP = "payment given up"
    PAYER_TOO_LATE = "payer too late"
    NOT_ASKED = "app is not asked"
    YES = "app said yes"
    REFUSED = "app refused"
    NOT_SENT = "app not reached"
    NOT_REACHED_GIVEN_UP = "app not reached, given up"
    NO_ANSWER = "app did not answer"
    NO_ANSWER_GIVEN_UP = "app did not answer, given up"
    WITHDRAWN = "cancelled"
    TAKEN_DOWN = "app suspended"
    CAPTURED = "payment charged"
    CAPTURE_REFUSED = "charge refused"
    CAPTURE_UNKNOWN = "charge: no answer"
    FULFILLED = "fulfilled"
    REFUND_CHOSEN = "staff chose to refund"
    RELEASED = "money released"
    RELEASE_UNKNOWN = "release: no answer"
    UNDONE = "app told to undo"
    UNDO_REFUSED = "app refused to undo"
    UNDO_SCHEDULED = "will be told to undo once more"
    UNDO_UNKNOWN = "undo: no answer"
    SETTLED_BY_HAND = "settled by hand"


TRANSITIONS: dict[tuple[str, Outcome], str] = {
    (Status.PLACED, Outcome.NOTHING_TO_PAY): Status.AUTHORIZED,
    (Status.PLACED, Outcome.HELD): Status.AUTHORIZED,
    (Status.PLACED, Outcome.PAYMENT_DECLINED): Status.DECLINED,
    (Status.PLACED, Outcome.PAYER_MUST_ACT): Status.PAYER_ACTION,
    (Status.PLACED, Outcome.PAYMENT_UNKNOWN): Status.PLACED,
    # Never DECLINED: a hold may exist.
    (Status.PLACED, Outcome.PAYMENT_GIVEN_UP): Status.RELEASING,
    (Status.PLACED, Outcome.WITHDRAWN): Status.RELEASING,
    (Status.PLACED, Outcome.TAKEN_DOWN): Status.RELEASING,
    (Status.PAYER_ACTION, Outcome.HELD): Status.AUTHORIZED,
    (Status.PAYER_ACTION, Outcome.PAYMENT_DECLINED): Status.DECLINED,
    (Status.PAYER_ACTION, Outcome.PAYMENT_UNKNOWN): Status.PAYER_ACTION,
    (Status.PAYER_ACTION, Outcome.PAYER_MUST_ACT): Status.PAYER_ACTION,
    (Status.PAYER_ACTION, Outcome.PAYER_TOO_LATE): Status.RELEASING,
    (Status.PAYER_ACTION, Outcome.WITHDRAWN): Status.RELEASING,
    (Status.PAYER_ACTION, Outcome.TAKEN_DOWN): Status.RELEASING,
    (Status.AUTHORIZED, Outcome.NOT_ASKED): Status.ACCEPTED,
    (Status.AUTHORIZED, Outcome.YES): Status.ACCEPTED,
    (Status.AUTHORIZED, Outcome.REFUSED): Status.RELEASING,
    (Status.AUTHORIZED, Outcome.NOT_SENT): Status.AUTHORIZED,
    (Status.AUTHORIZED, Outcome.NO_ANSWER): Status.AUTHORIZED,
    (Status.AUTHORIZED, Outcome.NOT_REACHED_GIVEN_UP): Status.RELEASING,
    (Status.AUTHORIZED, Outcome.NO_ANSWER_GIVEN_UP): Status.RELEASING,
    (Status.AUTHORIZED, Outcome.WITHDRAWN): Status.RELEASING,
    (Status.AUTHORIZED, Outcome.TAKEN_DOWN): Status.RELEASING,
    (Status.ACCEPTED, Outcome.CAPTURED): Status.CAPTURED,
    (Status.ACCEPTED, Outcome.CAPTURE_UNKNOWN): Status.ACCEPTED,
    (Status.ACCEPTED, Outcome.CAPTURE_REFUSED): Status.RELEASING,
    (Status.CAPTURED, Outcome.FULFILLED): Status.COMPLETED,
    (Status.CAPTURED, Outcome.REFUND_CHOSEN): Status.RELEASING,
    (Status.RELEASING, Outcome.RELEASE_UNKNOWN): Status.RELEASING,
    (Status.UNDOING, Outcome.UNDO_UNKNOWN): Status.UNDOING,
    (Status.UNDOING, Outcome.UNDO_SCHEDULED): Status.UNDOING,
}
"""Where an outcome leads. Two more rows depend on the order itself; see :func:`target_of`."""

WITHDRAWABLE = (Status.PLACED, Status.PAYER_ACTION, Status.AUTHORIZED, Status.WAITING)
"""Where an order can still be called off: before the app has accepted it."""


SETTLED_BY_HAND = (Status.RELEASING, Status.UNDOING)
"""Where a person may end a parked order: the app or the gateway will never answer."""


def target_of(order: Order, outcome: Outcome) -> str:
    """Return the status that ``outcome`` leads to. Raises ``KeyError`` for no such row.

    Money first, then the app: RELEASING goes on to UNDOING only if the app may have acted, and
    both end where the order was already bound for (``ending``).
    """
    if order.status == Status.RELEASING and outcome == Outcome.RELEASED:
        return Status.UNDOING if order.app_may_have_acted else order.ending
    if order.status == Status.UNDOING and outcome in (Outcome.UNDONE, Outcome.UNDO_REFUSED):
        return order.ending
    if order.status in SETTLED_BY_HAND and outcome == Outcome.SETTLED_BY_HAND:
        return order.ending
    return TRANSITIONS[order.status, outcome]


def move(
    order: Order,
    outcome: Outcome,
    *,
    now: dt.datetime,
    next_attempt_at: dt.datetime | None,
    actor: User | None = None,
    text: str = "",
    attempt: Attempt | None = None,
    **changes: Any,
) -> None:
    """Write a move and its story, inside the caller's transaction, and let go of the lease.

    ``changes`` are further columns that change with it. Raises :class:`LeaseLost` when the order
    is no longer where, or whose, it was.
    """
    for name, value in changes.items():
        setattr(order, name, value)
    target = target_of(order, outcome)
    is_end = target not in Order.OPEN
    columns: dict[str, Any] = {
        **changes,
        "status": target,
        "next_attempt_at": None if is_end else next_attempt_at,
        "finished_at": now if is_end else None,
        "lease_token": None,
        "lease_expires_at": None,
    }
    if target == Status.DECLINED:
        columns["ending"] = Status.DECLINED
    due = {}
    if target in WITHDRAWABLE:
        # Called off while the step was under way: it goes on now, not at the step's own time.
        due["next_attempt_at"] = Case(
            When(withdrawn_at__isnull=False, then=Value(now)), default=Value(next_attempt_at)
        )
    moved = Order.objects.filter(
        pk=order.pk, status=order.status, lease_token=order.lease_token
    ).update(**{**columns, **due})
    if not moved:
        raise LeaseLost(order.number)
    note(order, outcome, target, now=now, actor=actor, text=text, attempt=attempt)
    for name, value in columns.items():
        setattr(order, name, value)


def note(
    order: Order,
    outcome: str,
    to_status: str,
    *,
    now: dt.datetime,
    actor: User | None = None,
    text: str = "",
    attempt: Attempt | None = None,
) -> OrderEvent:
    """Add a line to the order's story."""
    return OrderEvent.objects.create(
        order=order,
        at=now,
        outcome=str(outcome),
        from_status=order.status,
        to_status=to_status,
        actor=actor,
        text=text[:500],
        attempt=attempt,
    )

"""Driving an order: claim it, take the step of its status, and go on while something is due.

Never enqueues: services and tasks do, after commit.
"""

import datetime as dt
import logging
from collections.abc import Callable

from django.db import OperationalError, transaction

from apps.catalog.models import App
from apps.orders.clock import Clock
from apps.orders.fulfilment import fulfil
from apps.orders.leases import claim, put_off
from apps.orders.models import Order
from apps.orders.parking import park
from apps.orders.saga import WITHDRAWABLE, LeaseLost, Outcome, Status, move
from apps.orders.steps.asking import ask_app
from apps.orders.steps.money import authorize, capture, look_for_payer, release
from apps.orders.steps.undoing import undo
from apps.webhooks.asks import mark_lost
from apps.webhooks.models import Ask

logger = logging.getLogger(__name__)

MOST_STEPS = 20
"""A healthy order takes six steps in one go; more means that a step does not move it."""


BREATHER = dt.timedelta(seconds=15)
"""How long an order is left alone after the database itself failed."""

STEPS: dict[str, Callable[[Order, Clock], None]] = {
    Status.PLACED: authorize,
    Status.PAYER_ACTION: look_for_payer,
    Status.AUTHORIZED: ask_app,
    Status.ACCEPTED: capture,
    Status.CAPTURED: fulfil,
    Status.RELEASING: release,
    Status.UNDOING: undo,
}


def advance(order_id: int, clock: Clock) -> int:
    """Take every step of the order that is due now, and return how many were taken."""
    for taken in range(MOST_STEPS):
        order = claim(order_id, now=clock())
        if order is None:
            return taken
        try:
            _take_step(order, clock)
        except LeaseLost:
            logger.info("order %s went on elsewhere", order_id)
            return taken
    raise RuntimeError(f"order {order_id} took {MOST_STEPS} steps without coming to rest")


def _take_step(order: Order, clock: Clock) -> None:
    """Take the step of the order's status, and park the order on any failure that is not a no.

    Whatever went wrong, known or not, a person must look: tried again blindly, an order would
    hold its money for ever, or ask the app for ever. A database that is busy or away is no such
    reason; then the order comes back a little later.
    """
    status, lease_token = order.status, order.lease_token
    try:
        if not _called_off(order, clock):
            STEPS[order.status](order, clock)
    except LeaseLost:
        raise
    except Exception as error:
        logger.exception("order %s cannot take its step", order.number)
        # The commit itself may have failed, after the order was moved in memory.
        order.status, order.lease_token = status, lease_token
        if isinstance(error, OperationalError):
            put_off(order, clock() + BREATHER)
        else:
            park(order, _why(order, error), now=clock())


def _why(order: Order, error: Exception) -> str:
    if order.status == Status.CAPTURED:
        return f"It is paid, but cannot be fulfilled: {error}"
    return f"A step failed: {type(error).__name__}: {error}"


def _called_off(order: Order, clock: Clock) -> bool:
    """Take the order out if its buyer withdrew it or its app was suspended meanwhile."""
    if order.status not in WITHDRAWABLE:
        return False
    if order.withdrawn_at is not None:
        outcome, reason = Outcome.WITHDRAWN, Order.Reason.WITHDRAWN
    elif order.app.status == App.Status.SUSPENDED:
        outcome, reason = Outcome.TAKEN_DOWN, Order.Reason.TAKEN_DOWN
    else:
        return False
    now = clock()
    with transaction.atomic():
        _note_lost_attempts(order)
        move(
            order,
            outcome,
            now=now,
            next_attempt_at=now,
            ending=Status.ABANDONED,
            reason=reason,
            app_may_have_acted=order.app_may_have_acted,
        )
    return True


def _note_lost_attempts(order: Order) -> None:
    """A request that nobody reported on may have reached the app, withdrawn or not."""
    ask = Ask.objects.filter(key=order.key("ask")).first()
    if ask is not None and mark_lost(ask):
        order.app_may_have_acted = True

"""Driving an order: claim it, take the step of its status, and go on while something is due.

Never enqueues: services and tasks do, after commit.
"""

import logging
from collections.abc import Callable

from django.db import transaction

from apps.catalog.models import App
from apps.orders.clock import Clock
from apps.orders.fulfilment import fulfil
from apps.orders.leases import claim
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


def fulfil_or_park(order: Order, clock: Clock) -> None:
    """Fulfil, and park on any failure at all.

    The money is taken and our own rows will not follow: whatever the reason, known or not, a
    person must look, and the order must not be tried blindly for ever.
    """
    status, lease_token = order.status, order.lease_token
    try:
        fulfil(order, clock)
    except LeaseLost:
        raise
    except Exception as error:
        logger.exception("order %s cannot be fulfilled", order.number)
        # The commit itself may have failed, after the order was moved in memory.
        order.status, order.lease_token = status, lease_token
        why = f"It is paid, but cannot be fulfilled: {error}"
        park(order, why, now=clock())


STEPS: dict[str, Callable[[Order, Clock], None]] = {
    Status.PLACED: authorize,
    Status.PAYER_ACTION: look_for_payer,
    Status.AUTHORIZED: ask_app,
    Status.ACCEPTED: capture,
    Status.CAPTURED: fulfil_or_park,
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
            if not _called_off(order, clock):
                STEPS[order.status](order, clock)
        except LeaseLost:
            logger.info("order %s went on elsewhere", order_id)
            return taken
    raise RuntimeError(f"order {order_id} took {MOST_STEPS} steps without coming to rest")


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

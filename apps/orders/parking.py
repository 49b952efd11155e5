"""Parking: an open order that a person must look at. It stays where it was, and waits."""

import datetime as dt

from django.db.models import Q

from apps.accounts.models import User
from apps.orders.models import Order
from apps.orders.saga import LeaseLost, note


def park(order: Order, why: str, *, now: dt.datetime, actor: User | None = None) -> None:
    """Mark the order as parked and let go of the lease. Raises ``LeaseLost``."""
    parked = Order.objects.filter(
        pk=order.pk, status=order.status, lease_token=order.lease_token, parked_at__isnull=True
    ).update(parked_at=now, parked_why=why[:300], lease_token=None, lease_expires_at=None)
    if not parked:
        raise LeaseLost(order.number)
    note(order, "parked", order.status, now=now, actor=actor, text=why)


def in_status_since(order: Order) -> dt.datetime:
    """Return since when the order has been trying where it is: it came here, or was unparked."""
    came = order.events.filter(
        Q(to_status=order.status) & ~Q(from_status=order.status) | Q(outcome="unparked")
    )
    return came.order_by("-at").values_list("at", flat=True).first() or order.placed_at


def unpark(order: Order, *, now: dt.datetime, actor: User | None) -> bool:
    """Let the order go on from where it was. False when it was not parked."""
    unparked = Order.objects.filter(pk=order.pk, parked_at__isnull=False).update(
        parked_at=None, parked_why="", next_attempt_at=now
    )
    if unparked:
        note(order, "unparked", order.status, now=now, actor=actor)
    return bool(unparked)

"""Leases: who may take an order's next step.

A claim is one conditional UPDATE, so it works alike on both databases and two workers cannot
both win. A worker that dies leaves a lease that runs out; the sweep then finds the order due.
"""

import datetime as dt
import uuid

from django.db.models import Q, QuerySet

from apps.orders.models import Order
from apps.orders.saga import LeaseLost

MARGIN = dt.timedelta(seconds=30)
"""Added to the ask's timeout: the longest that a healthy step takes."""


def _claimable(now: dt.datetime) -> Q:
    return (
        Q(parked_at__isnull=True, next_attempt_at__lte=now)
        & Q(status__in=Order.OPEN)
        & (Q(lease_expires_at__isnull=True) | Q(lease_expires_at__lte=now))
    )


def due_orders(now: dt.datetime, limit: int) -> QuerySet[Order]:
    """Return open orders whose next step is due and which nobody holds, longest due first."""
    return Order.objects.filter(_claimable(now)).order_by("next_attempt_at")[:limit]


def claim(order_id: int, *, now: dt.datetime) -> Order | None:
    """Take the order for one step, or return ``None`` when it is not due or not free."""
    timeout = Order.objects.filter(pk=order_id).values_list("ask_timeout", flat=True).first()
    if timeout is None:
        return None
    token = uuid.uuid4()
    claimed = Order.objects.filter(_claimable(now), pk=order_id).update(
        lease_token=token,
        lease_expires_at=now + dt.timedelta(seconds=timeout) + MARGIN,
    )
    if not claimed:
        return None
    return Order.objects.select_related(
        "app__program",
        "app__vendor",
        "organization",
        "installation__site",
        "quote__plan__sku",
        "quote__from_plan__sku",
        "quote__price",
        "payment__method",
        "actor",
    ).get(pk=order_id)


def hold(order: Order) -> Order:
    """Lock the order until the caller's transaction ends, and look at it again.

    Between a claim and its move the buyer may have called the order off; whoever decides on that
    holds the row first. Raises ``LeaseLost`` when the lease is somebody else's.
    """
    held = Order.objects.filter(pk=order.pk, lease_token=order.lease_token).update(
        lease_token=order.lease_token
    )
    if not held:
        raise LeaseLost(order.number)
    order.refresh_from_db(fields=["withdrawn_at", "second_undo_at", "status"])
    return order


def put_off(order: Order, until: dt.datetime) -> None:
    """Let go of the order without a step, until it is time for one. Raises ``LeaseLost``."""
    put = Order.objects.filter(pk=order.pk, lease_token=order.lease_token).update(
        next_attempt_at=until, lease_token=None, lease_expires_at=None
    )
    if not put:
        raise LeaseLost(order.number)

"""The tasks that drive orders. Messages only wake: what is due is in the rows."""

from celery import shared_task

from apps.core.clock import current_time
from apps.orders.engine import advance
from apps.orders.leases import due_orders
from apps.webhooks.tasks import deliver_due

SWEEP = 200
"""How many due orders one sweep wakes; the next sweep takes the rest."""


WAKE_EXPIRES = 15
"""Seconds after which a sweep's message is dropped, or they would pile up without a worker."""


@shared_task(name="orders.advance_order")
def advance_order(*, order_id: int) -> None:
    """Take every step of one order that is due. Runs on the queue ``asks``: it may wait long."""
    if advance(order_id, current_time):
        deliver_due.delay()


@shared_task(name="orders.resume_orders")
def resume_orders() -> None:
    """Wake the orders that are due and that nobody holds: after a wait, a crash or a lost message.

    Waking one twice is harmless: the lease lets one of the two through.
    """
    for order_id in due_orders(current_time(), SWEEP).values_list("pk", flat=True):
        # A message that no worker took within a few sweeps has been overtaken by theirs.
        advance_order.apply_async(kwargs={"order_id": order_id}, expires=WAKE_EXPIRES)

"""The task that delivers. It is woken after commits, and swept in case a message was lost."""

from celery import shared_task

from apps.core.clock import current_time
from apps.webhooks.delivery import BATCH, claim_due, fan_out, send_batch


@shared_task(name="webhooks.deliver_due")
def deliver_due() -> None:
    """Hand new events to their endpoints and send what is due, a batch at a time."""
    fan_out(current_time())
    while True:
        batch = claim_due(current_time())
        if batch:
            send_batch(batch)
        if len(batch) < BATCH:
            return

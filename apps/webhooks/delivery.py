"""Delivering events: fan out what is new, claim what is due, send it, record each attempt.

Three steps, each safe to repeat: the fan-out is held by a unique row per event and endpoint, the
claim by a lease, and what is sent twice carries the same id, by which the receiver drops it.
"""

import asyncio
import datetime as dt
import random
import uuid

from django.db import transaction
from django.db.models import F, Q

from apps.core.clock import current_time
from apps.webhooks.client import Answer, post_async
from apps.webhooks.formats import event_format
from apps.webhooks.models import Ask, Attempt, Delivery, Endpoint, Event

RETRY_AFTER = tuple(
    dt.timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600)
)
"""The wait after each failed attempt, give or take a fifth; after the last one it is given up."""

JITTER = 0.2
BATCH = 50
LEASE = dt.timedelta(seconds=60)
KEPT_ANSWER = 2048


def fan_out(now: dt.datetime, limit: int = 500) -> int:
    """Make a delivery for each endpoint that wants each new event; return how many events.

    An event that a crash left behind is simply still new at the next run.
    """
    events = list(
        Event.objects.filter(fanned_out_at__isnull=True)
        .select_related("app")
        .order_by("pk")[:limit]
    )
    endpoints: dict[int, list[Endpoint]] = {}
    for endpoint in Endpoint.objects.filter(
        app__in={event.app_id for event in events}, is_active=True
    ):
        endpoints.setdefault(endpoint.app_id, []).append(endpoint)
    for event in events:
        with transaction.atomic():
            Delivery.objects.bulk_create(
                (
                    Delivery(
                        event=event,
                        endpoint=endpoint,
                        body=event_format(endpoint.format).render(event),
                        next_attempt_at=now,
                    )
                    for endpoint in endpoints.get(event.app_id, [])
                    if not endpoint.event_types or event.type in endpoint.event_types
                ),
                ignore_conflicts=True,
            )
            Event.objects.filter(pk=event.pk).update(fanned_out_at=now)
    return len(events)


def claim_due(now: dt.datetime, limit: int = BATCH) -> list[Delivery]:
    """Take the deliveries that are due and free, and return them with event and endpoint.

    The chosen are read before they are updated: PostgreSQL may run a subquery with a limit once
    per row that it joins, each time past the rows locked so far, and so take more than ``limit``.
    The free condition stands outside too, because SQLite ignores the lock.
    """
    free = Q(lease_expires_at__isnull=True) | Q(lease_expires_at__lte=now)
    due = Delivery.objects.filter(
        free, status=Delivery.Status.PENDING, next_attempt_at__lte=now, endpoint__is_active=True
    )
    token = uuid.uuid4()
    with transaction.atomic():
        chosen = list(
            due.select_for_update(skip_locked=True, of=("self",))
            .order_by("next_attempt_at")
            .values_list("pk", flat=True)[:limit]
        )
        Delivery.objects.filter(free, status=Delivery.Status.PENDING, pk__in=chosen).update(
            lease_token=token, lease_expires_at=now + LEASE
        )
    return list(Delivery.objects.filter(lease_token=token).select_related("event", "endpoint__app"))


def send_batch(deliveries: list[Delivery]) -> None:
    """Send each delivery once, side by side, and record what came of it."""
    pairs = [(delivery, _open_attempt(delivery)) for delivery in deliveries]
    answers = asyncio.run(_send_all(pairs))
    for (delivery, attempt), answer in zip(pairs, answers, strict=True):
        _take_in(delivery, attempt, answer)


async def _send_all(pairs: list[tuple[Delivery, Attempt]]) -> list[Answer]:
    return await asyncio.gather(*(_send(delivery, attempt) for delivery, attempt in pairs))


async def _send(delivery: Delivery, attempt: Attempt) -> Answer:
    spelling = event_format(delivery.endpoint.format)
    body = delivery.body.encode()
    headers = {
        "content-type": "application/json",
        "user-agent": "Marketplace-Webhooks/1",
        **spelling.headers(delivery.event, delivery.endpoint, body=body, at=current_time()),
    }
    attempt.request_headers = {
        name: value for name, value in headers.items() if name != "webhook-signature"
    }
    return await post_async(
        delivery.endpoint.url, body=body, headers=headers, timeout=spelling.timeout
    )


def _open_attempt(delivery: Delivery) -> Attempt:
    delivery.attempt_count += 1
    with transaction.atomic():
        # A number that a dead worker took stays taken: its attempt is lost, not overwritten.
        delivery.attempts.filter(state=Attempt.State.SENDING).update(state=Attempt.State.LOST)
        Delivery.objects.filter(pk=delivery.pk).update(attempt_count=F("attempt_count") + 1)
        return Attempt.objects.create(
            delivery=delivery,
            number=delivery.attempts.count() + 1,
            state=Attempt.State.SENDING,
            started_at=current_time(),
        )


def _take_in(delivery: Delivery, attempt: Attempt, answer: Answer) -> None:
    now = current_time()
    delivered = answer.status is not None and event_format(delivery.endpoint.format).is_delivered(
        answer.status
    )
    attempt.state = Attempt.State.DONE
    attempt.outcome = Ask.Outcome.YES if delivered else Ask.Outcome.UNKNOWN
    attempt.error = answer.error or ("" if delivered else "status")
    attempt.error_text = answer.error_text
    attempt.status_code = answer.status
    attempt.answer_headers = dict(list(answer.headers.items())[:50])
    attempt.answer_body = answer.body.decode("utf-8", "replace").replace("\x00", "")[:KEPT_ANSWER]
    attempt.duration_ms = answer.duration_ms
    attempt.finished_at = now
    if delivered:
        columns = {"status": Delivery.Status.DELIVERED, "delivered_at": now}
    elif delivery.attempt_count > len(RETRY_AFTER):
        columns = {"status": Delivery.Status.FAILED, "next_attempt_at": None}
    else:
        columns = {"next_attempt_at": now + retry_after(delivery.attempt_count)}
    with transaction.atomic():
        attempt.save()
        Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token).update(
            lease_token=None, lease_expires_at=None, **columns
        )


def retry_after(attempts: int) -> dt.timedelta:
    """Return the wait after ``attempts`` failures, spread so that retries do not come in waves."""
    wait = RETRY_AFTER[min(attempts, len(RETRY_AFTER)) - 1]
    return wait * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret

"""Delivering events: fan out what is new, claim what is due, send it, record each attempt.

Three steps, each safe to repeat: the fan-out is held by a unique row per event and endpoint, the
claim by a lease, and what is sent twice carries the same id, by which the receiver drops it.
What is wrong with one endpoint or delivery is logged and never keeps the others from theirs.
"""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import logging
import random
import uuid
from collections.abc import Iterator

from django.db import transaction
from django.db.models import F, Q

from apps.core.clock import current_time
from apps.webhooks.attempts import mark_lost, record_answer, shown_headers
from apps.webhooks.client import Answer, post_async
from apps.webhooks.formats import event_format
from apps.webhooks.models import Ask, Attempt, Delivery, Endpoint, Event

logger = logging.getLogger(__name__)

RETRY_AFTER = tuple(
    dt.timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600)
)
"""The wait after each failed attempt, give or take a fifth; after the last one it is given up."""

JITTER = 0.2
BATCH = 50
LEASE = dt.timedelta(seconds=60)


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
    # Secrets are for sending: one that no key opens must not stop the others here.
    for endpoint in Endpoint.objects.filter(
        app__in={event.app_id for event in events}, is_active=True
    ).defer("secret"):
        endpoints.setdefault(endpoint.app_id, []).append(endpoint)
    handed_over = 0
    for event in events:
        with _apart("event", event.public_id), transaction.atomic():
            made = [_delivery_of(event, each, now) for each in endpoints.get(event.app_id, [])]
            Delivery.objects.bulk_create(filter(None, made), ignore_conflicts=True)
            Event.objects.filter(pk=event.pk).update(fanned_out_at=now)
            handed_over += 1
    return handed_over


def _delivery_of(event: Event, endpoint: Endpoint, now: dt.datetime) -> Delivery | None:
    """Return the delivery to be written, or ``None`` when there is none to this endpoint."""
    with _apart("endpoint", endpoint.public_id):
        if not endpoint.event_types or event.type in endpoint.event_types:
            body = event_format(endpoint.format).render(event)
            return Delivery(event=event, endpoint=endpoint, body=body, next_attempt_at=now)
    return None


@contextlib.contextmanager
def _apart(kind: str, public_id: uuid.UUID) -> Iterator[None]:
    """Log what goes wrong with one thing, and go on with the others."""
    try:
        yield
    except Exception:
        logger.exception("webhooks: %s %s failed", kind, public_id)


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
    return list(
        Delivery.objects.filter(lease_token=token)
        .select_related("event", "endpoint")
        .defer("endpoint__secret")
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Request:
    """One delivery's request, signed."""

    url: str
    body: bytes
    headers: dict[str, str]
    timeout: float


def send_batch(deliveries: list[Delivery]) -> None:
    """Send each delivery once, side by side, and record what came of it.

    A delivery that fails here otherwise than by its receiver's answer keeps its lease, and comes
    back when that has run out.
    """
    opened: list[tuple[Delivery, Attempt, _Request | Answer]] = []
    for delivery in deliveries:
        with _apart("delivery", delivery.public_id):
            attempt = _open_attempt(delivery)
            if attempt is not None:
                opened.append((delivery, attempt, _signed(delivery, attempt)))
    answers = asyncio.run(_send_all([request for _delivery, _attempt, request in opened]))
    for (delivery, attempt, _request), answer in zip(opened, answers, strict=True):
        with _apart("delivery", delivery.public_id):
            _take_in(delivery, attempt, answer)


def _open_attempt(delivery: Delivery) -> Attempt | None:
    """Write down that a request is about to leave, or give up a delivery that has had them all.

    It comes here so when the worker of its last attempt died, and nobody recorded that.
    """
    now = current_time()
    row = Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token)
    with transaction.atomic():
        if delivery.attempt_count > len(RETRY_AFTER):
            row.update(
                status=Delivery.Status.FAILED,
                next_attempt_at=None,
                lease_token=None,
                lease_expires_at=None,
            )
            mark_lost(delivery.attempts.all())
            return None
        delivery.attempt_count += 1
        # A worker that dies now has failed like any other attempt, and is waited for as long.
        is_ours = row.update(
            attempt_count=F("attempt_count") + 1,
            next_attempt_at=now + retry_after(delivery.attempt_count),
        )
        if not is_ours:
            return None
        # A number that a dead worker took stays taken: its attempt is lost, not overwritten.
        mark_lost(delivery.attempts.all())
        return Attempt.objects.create(
            delivery=delivery,
            number=delivery.attempts.count() + 1,
            state=Attempt.State.SENDING,
            started_at=now,
        )


def _signed(delivery: Delivery, attempt: Attempt) -> _Request | Answer:
    """Return the request, or, when it cannot be made, the answer that it never gets."""
    endpoint = delivery.endpoint
    body = delivery.body.encode()
    try:
        spelling = event_format(endpoint.format)
        headers = {
            "content-type": "application/json",
            "user-agent": "Marketplace-Webhooks/1",
            **spelling.headers(delivery.event, endpoint, body=body, at=current_time()),
        }
        attempt.request_headers = shown_headers(headers)
        return _Request(endpoint.url, body, headers, spelling.timeout)
    except Exception as error:
        logger.exception("webhooks: delivery %s cannot be signed", delivery.public_id)
        return _broken(error)


async def _send_all(requests: list[_Request | Answer]) -> list[Answer]:
    return await asyncio.gather(*(_send(request) for request in requests))


async def _send(request: _Request | Answer) -> Answer:
    if isinstance(request, Answer):
        return request
    try:
        return await post_async(
            request.url, body=request.body, headers=request.headers, timeout=request.timeout
        )
    except Exception as error:
        # Whatever the network does is an answer; what is raised is a request it cannot write.
        logger.exception("webhooks: a request to %s cannot be written", request.url)
        return _broken(error)


def _broken(error: Exception) -> Answer:
    return Answer(
        status=None,
        headers={},
        body=b"",
        error="broken",
        error_text=f"{type(error).__name__}: {error}",
        was_sent=False,
        duration_ms=0,
    )


def _take_in(delivery: Delivery, attempt: Attempt, answer: Answer) -> None:
    now = current_time()
    delivered = answer.status is not None and event_format(delivery.endpoint.format).is_delivered(
        answer.status
    )
    outcome = Ask.Outcome.UNKNOWN if answer.was_sent else Ask.Outcome.NOT_SENT
    record_answer(attempt, answer, outcome=Ask.Outcome.YES if delivered else outcome)
    attempt.state = Attempt.State.DONE
    if delivered:
        columns = {
            "status": Delivery.Status.DELIVERED,
            "next_attempt_at": None,
            "delivered_at": now,
        }
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

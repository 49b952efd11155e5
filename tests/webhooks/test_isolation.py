"""One bad endpoint, delivery or worker never keeps the others from their events."""

import datetime as dt
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection

from apps.core.clock import current_time
from apps.webhooks import delivery as engine
from apps.webhooks import formats
from apps.webhooks.attempts import KEPT_ANSWER
from apps.webhooks.client import Answer
from apps.webhooks.delivery import LEASE, RETRY_AFTER, claim_due, fan_out, send_batch
from apps.webhooks.formats import StandardFormat, event_format
from apps.webhooks.models import Attempt, Delivery, Endpoint, Event
from apps.webhooks.tasks import deliver_due
from tests.factories import EndpointFactory, EventFactory
from tests.fakes.vendor_app import Reply, VendorApp

pytestmark = pytest.mark.django_db

A_DAY = dt.timedelta(days=1)


class UnsentFormat(StandardFormat):
    """Signs with a header that no HTTP client writes."""

    def headers(self, *args: Any, **options: Any) -> Any:
        return {"webhook-count": 7}


class MuteFormat(StandardFormat):
    """Cannot say an event."""

    def render(self, event: Event) -> str:
        raise LookupError(event.type)


@pytest.fixture(autouse=True)
def more_formats(settings: Any) -> Iterator[None]:
    settings.EVENT_FORMATS = {
        **settings.EVENT_FORMATS,
        "unsent": f"{__name__}.UnsentFormat",
        "mute": f"{__name__}.MuteFormat",
    }
    yield
    formats.event_format.cache_clear()


@pytest.fixture
def good(vendor_app: VendorApp, settings: Any) -> Endpoint:
    settings.OUTBOUND_ALLOWED_ORIGINS = [vendor_app.url]
    row: Endpoint = EndpointFactory(pk=900, url=f"{vendor_app.url}/good")
    return row


def beside(good: Endpoint, **facts: Any) -> Endpoint:
    """An endpoint of the same app, whose turn comes first."""
    url = good.url.replace("good", "bad")
    row: Endpoint = EndpointFactory(pk=100, app=good.app, url=url, **facts)
    return row


def lose_the_key_of(endpoint: Endpoint) -> None:
    lost = Fernet(Fernet.generate_key()).encrypt(b"secret").decode()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE webhooks_endpoint SET secret = %s WHERE id = %s", [lost, endpoint.pk]
        )


def deliver(at: dt.datetime | None = None) -> list[Delivery]:
    moment = at or current_time()
    fan_out(moment)
    batch = claim_due(moment)
    send_batch(batch)
    return batch


def statuses() -> dict[str, str]:
    return {
        url.rsplit("/", 1)[-1]: status
        for url, status in Delivery.objects.values_list("endpoint__url", "status")
    }


# --- Handing over -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "facts", [{"format": "gone"}, {"format": "mute"}, {"event_types": 7}], ids=str
)
def test_an_endpoint_that_cannot_be_told_is_skipped_and_logged(
    facts: dict[str, Any], good: Endpoint, vendor_app: VendorApp, caplog: Any
) -> None:
    bad = beside(good, **facts)
    events = EventFactory.create_batch(2, app=good.app)

    with caplog.at_level(logging.ERROR, logger="apps.webhooks.delivery"):
        assert fan_out(current_time()) == 2
    send_batch(claim_due(current_time()))

    assert {each.body["id"] for each in vendor_app.received} == {
        str(event.public_id) for event in events
    }
    assert not Event.objects.filter(fanned_out_at__isnull=True).exists()
    assert not Delivery.objects.filter(endpoint=bad).exists()
    assert str(bad.public_id) in caplog.text


def test_an_event_that_cannot_be_handed_over_does_not_hold_up_the_next(
    good: Endpoint, vendor_app: VendorApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = EventFactory.create_batch(2, app=good.app)
    write = Delivery.objects.bulk_create

    def refuse_the_first(rows: Any, **options: Any) -> Any:
        made = list(rows)
        if any(row.event_id == first.pk for row in made):
            raise RuntimeError("the database will not have it")
        return write(made, **options)

    monkeypatch.setattr(Delivery.objects, "bulk_create", refuse_the_first)
    assert fan_out(current_time()) == 1
    monkeypatch.undo()

    assert list(Delivery.objects.values_list("event", flat=True)) == [second.pk]
    # The first is still new, and told at the next run.
    assert fan_out(current_time()) == 1


# --- Sending ------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["not base64!", "é" * 40])
def test_a_secret_that_cannot_sign_harms_its_own_deliveries_alone(
    secret: str, good: Endpoint, vendor_app: VendorApp
) -> None:
    bad = beside(good, secret=secret)
    EventFactory(app=good.app)

    deliver()

    assert statuses() == {"bad": Delivery.Status.PENDING, "good": Delivery.Status.DELIVERED}
    attempt = Attempt.objects.get(delivery__endpoint=bad)
    assert (attempt.state, attempt.error, attempt.outcome) == ("DONE", "broken", "NOT_SENT")
    assert attempt.error_text
    assert secret not in attempt.error_text
    assert vendor_app.paths() == ["/good"]


def test_a_secret_that_no_key_opens_harms_its_own_deliveries_alone(
    good: Endpoint, vendor_app: VendorApp
) -> None:
    bad = beside(good)
    lose_the_key_of(bad)
    EventFactory(app=good.app)

    deliver()

    assert statuses() == {"bad": Delivery.Status.PENDING, "good": Delivery.Status.DELIVERED}
    assert Attempt.objects.get(delivery__endpoint_id=bad.pk).error == "broken"


def test_a_header_that_cannot_be_written_harms_its_own_deliveries_alone(
    good: Endpoint, vendor_app: VendorApp
) -> None:
    bad = beside(good, format="unsent")
    EventFactory(app=good.app)

    deliver()

    assert statuses() == {"bad": Delivery.Status.PENDING, "good": Delivery.Status.DELIVERED}
    attempt = Attempt.objects.get(delivery__endpoint=bad)
    assert (attempt.error, attempt.outcome) == ("broken", "NOT_SENT")
    assert vendor_app.paths() == ["/good"]


def test_a_format_that_is_gone_since_is_retried_and_given_up_like_a_silent_receiver(
    good: Endpoint, vendor_app: VendorApp
) -> None:
    bad = beside(good)
    EventFactory(app=good.app)
    fan_out(current_time())
    Endpoint.objects.filter(pk=bad.pk).update(format="gone")
    moment = current_time()
    for _ in range(len(RETRY_AFTER) + 1):
        send_batch(claim_due(moment))
        moment += A_DAY

    assert statuses() == {"bad": Delivery.Status.FAILED, "good": Delivery.Status.DELIVERED}
    assert vendor_app.paths() == ["/good"]


def test_a_result_that_cannot_be_recorded_does_not_lose_the_others(
    good: Endpoint, vendor_app: VendorApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = beside(good)
    EventFactory(app=good.app)
    record = engine.record_answer

    def fail_for_the_bad_one(attempt: Attempt, answer: Answer, **facts: Any) -> None:
        if attempt.delivery is not None and attempt.delivery.endpoint_id == bad.pk:
            raise RuntimeError("cannot be recorded")
        record(attempt, answer, **facts)

    monkeypatch.setattr(engine, "record_answer", fail_for_the_bad_one)
    deliver()
    monkeypatch.undo()

    assert statuses() == {"bad": Delivery.Status.PENDING, "good": Delivery.Status.DELIVERED}
    # It comes back once its lease has run out, and the lost attempt stays in its history.
    assert claim_due(current_time()) == []
    deliver(current_time() + LEASE + dt.timedelta(seconds=10))
    assert statuses() == {"bad": Delivery.Status.DELIVERED, "good": Delivery.Status.DELIVERED}
    states = Attempt.objects.filter(delivery__endpoint=bad).order_by("number")
    assert list(states.values_list("state", flat=True)) == ["LOST", "DONE"]


def test_the_task_goes_on_past_a_whole_batch_of_bad_ones(
    good: Endpoint, vendor_app: VendorApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.webhooks.tasks.BATCH", 2)
    monkeypatch.setattr("apps.webhooks.tasks.claim_due", lambda now: claim_due(now, limit=2))
    beside(good, secret="?")
    EventFactory.create_batch(4, app=good.app)

    deliver_due()

    assert len(vendor_app.received) == 4


# --- Workers that die ---------------------------------------------------------------------


def die_while_sending(at: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> int:
    """Claim what is due at ``at`` and end before an answer is recorded; return how many."""

    class Killed(BaseException):
        pass

    def killed(*_args: Any) -> Any:
        raise Killed

    batch = claim_due(at)
    with monkeypatch.context() as patch:
        patch.setattr(engine, "_signed", killed)
        for each in batch:
            with pytest.raises(Killed):
                send_batch([each])
    return len(batch)


def test_a_delivery_whose_workers_always_die_is_given_up(
    good: Endpoint, vendor_app: VendorApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    EventFactory(app=good.app)
    moment = current_time()
    fan_out(moment)
    for _ in range(len(RETRY_AFTER) + 1):
        assert die_while_sending(moment, monkeypatch) == 1
        moment += A_DAY
    assert Delivery.objects.get().status == Delivery.Status.PENDING

    send_batch(claim_due(moment))

    row = Delivery.objects.get()
    assert (row.status, row.next_attempt_at, row.lease_token) == ("FAILED", None, None)
    assert set(Attempt.objects.values_list("state", flat=True)) == {Attempt.State.LOST}
    assert Attempt.objects.count() == len(RETRY_AFTER) + 1
    assert vendor_app.received == []


def test_a_worker_that_dies_is_waited_for_as_long_as_a_failure(
    good: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    EventFactory(app=good.app)
    moment = current_time()
    fan_out(moment)
    die_while_sending(moment, monkeypatch)
    moment += LEASE + dt.timedelta(seconds=10)
    die_while_sending(moment, monkeypatch)

    # The second wait is five minutes, give or take a fifth; the lease alone is one.
    assert claim_due(moment + LEASE + dt.timedelta(seconds=10)) == []
    assert len(claim_due(moment + dt.timedelta(minutes=7))) == 1


def test_a_delivery_that_another_worker_has_by_now_is_left_to_it(
    good: Endpoint, vendor_app: VendorApp
) -> None:
    EventFactory(app=good.app)
    moment = current_time()
    fan_out(moment)
    slow = claim_due(moment)
    quick = claim_due(moment + LEASE + dt.timedelta(seconds=1))

    send_batch(slow)
    assert vendor_app.received == []
    send_batch(quick)
    assert len(vendor_app.received) == 1


# --- What is kept of an answer ------------------------------------------------------------


def test_what_is_kept_of_an_answer_is_bounded_and_clean(
    good: Endpoint, vendor_app: VendorApp
) -> None:
    EventFactory(app=good.app)
    echo = "\x00\x07\u202eno mkt_" + "a" * 40 + " "
    vendor_app.answer(
        "/good",
        Reply(500, echo + "x" * 5000, headers={f"x-{n}": "1" for n in range(80)}),
    )

    deliver()

    attempt = Attempt.objects.get()
    assert attempt.answer_body.startswith("no •••••• xxx")
    assert len(attempt.answer_body) == KEPT_ANSWER
    assert len(attempt.answer_headers) == 50
    assert attempt.error == "status"


def test_signatures_are_kept_shortened(good: Endpoint, vendor_app: VendorApp) -> None:
    EventFactory(app=good.app)

    deliver()

    (request,) = vendor_app.received
    signature = request.headers["webhook-signature"]
    kept = Attempt.objects.get().request_headers
    assert kept["webhook-signature"] == signature[:12] + "…"
    assert kept["webhook-timestamp"] == request.headers["webhook-timestamp"]


def test_formats_are_found_by_name() -> None:
    assert isinstance(event_format("standard"), StandardFormat)
    with pytest.raises(KeyError):
        event_format("gone")

"""Events reach their endpoints: signed, retried with the same bytes, each attempt a row."""

import datetime as dt
from typing import Any

import pytest
from standardwebhooks import Webhook

from apps.core.clock import current_time
from apps.webhooks.delivery import RETRY_AFTER, claim_due, fan_out, retry_after, send_batch
from apps.webhooks.models import Attempt, Delivery
from tests.factories import EndpointFactory, EventFactory
from tests.fakes.vendor_app import Reply, VendorApp

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint(vendor_app: VendorApp, settings: Any) -> Any:
    settings.OUTBOUND_ALLOWED_ORIGINS = [vendor_app.url]
    return EndpointFactory(url=f"{vendor_app.url}/events")


def deliver(at: dt.datetime | None = None) -> list[Delivery]:
    moment = at or current_time()
    fan_out(moment)
    batch = claim_due(moment)
    send_batch(batch)
    return batch


def test_an_event_arrives_once_and_its_signature_holds(
    endpoint: Any, vendor_app: VendorApp
) -> None:
    event = EventFactory(app=endpoint.app)

    deliver()
    deliver()

    (request,) = vendor_app.received
    assert Webhook(endpoint.secret).verify(request.raw, request.headers) == request.body
    assert request.headers["webhook-id"] == str(event.public_id)
    assert request.body["type"] == event.type
    assert Delivery.objects.get().status == Delivery.Status.DELIVERED
    assert Attempt.objects.get().status_code == 200


def test_a_failure_is_sent_again_later_with_the_same_bytes_and_id(
    endpoint: Any, vendor_app: VendorApp
) -> None:
    EventFactory(app=endpoint.app)
    vendor_app.answer("/events", Reply(status=500))

    deliver()
    assert deliver() == []
    deliver(current_time() + dt.timedelta(seconds=10))

    first, second = vendor_app.received
    assert first.raw == second.raw
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert list(Attempt.objects.order_by("number").values_list("status_code", flat=True)) == [
        500,
        200,
    ]


def test_a_redirect_is_a_failure_and_is_not_followed(endpoint: Any, vendor_app: VendorApp) -> None:
    EventFactory(app=endpoint.app)
    vendor_app.answer("/events", Reply(status=302, location=f"{vendor_app.url}/elsewhere"))

    deliver()

    assert vendor_app.paths() == ["/events"]
    assert Delivery.objects.get().status == Delivery.Status.PENDING


def test_after_the_last_retry_it_is_given_up(endpoint: Any, vendor_app: VendorApp) -> None:
    EventFactory(app=endpoint.app)
    vendor_app.always["/events"] = Reply(status=503)
    moment = current_time()
    for _ in range(len(RETRY_AFTER) + 1):
        deliver(moment)
        moment += dt.timedelta(hours=13)

    assert Delivery.objects.get().status == Delivery.Status.FAILED
    assert len(vendor_app.received) == len(RETRY_AFTER) + 1


def test_an_endpoint_gets_only_the_types_it_wants(endpoint: Any, vendor_app: VendorApp) -> None:
    endpoint.event_types = ["plan.changed"]
    endpoint.save()
    EventFactory(app=endpoint.app, type="order.completed")
    wanted = EventFactory(app=endpoint.app, type="plan.changed")

    deliver()

    assert [each.body["id"] for each in vendor_app.received] == [str(wanted.public_id)]


def test_two_workers_never_claim_the_same_delivery(endpoint: Any) -> None:
    EventFactory.create_batch(5, app=endpoint.app)
    now = current_time()
    fan_out(now)

    first, second = claim_due(now, limit=3), claim_due(now, limit=3)

    assert (len(first), len(second)) == (3, 2)
    assert not {row.pk for row in first} & {row.pk for row in second}


@pytest.mark.parametrize("attempts", range(1, 8))
def test_retries_are_spread_by_a_fifth(attempts: int) -> None:
    wait = RETRY_AFTER[attempts - 1]
    assert all(0.8 * wait <= retry_after(attempts) <= 1.2 * wait for _ in range(50))

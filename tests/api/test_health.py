"""Health and metrics, as load balancers and monitoring meet them."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from apps.webhooks.models import Delivery
from tests.factories import EndpointFactory, EventFactory, OrderFactory

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@pytest.fixture
def token(settings: Settings) -> dict[str, str]:
    settings.METRICS_TOKEN = "scrape-me"
    return {"authorization": "Bearer scrape-me"}


def gauge(text: str, name: str) -> float:
    """Return the value of one line of metrics."""
    return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def test_a_live_process_says_so_without_asking_the_database(client: Client) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_ready_when_database_broker_and_cache_answer(
    client: Client, settings: Settings, broker: str
) -> None:
    settings.CELERY_BROKER_URL = broker
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "parts": {"database": "ok", "broker": "ok", "cache": "ok"},
    }


@pytest.mark.django_db
def test_not_ready_without_the_broker_and_the_reason_stays_in_the_log(
    client: Client,
    settings: Settings,
    free_port: Callable[[], int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.CELERY_BROKER_URL = f"redis://:a-password@127.0.0.1:{free_port()}/0"
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {
        "status": "unavailable",
        "parts": {"database": "ok", "broker": "failed", "cache": "ok"},
    }
    assert "broker failed its health check" in caplog.text
    assert "a-password" not in response.content.decode()


def test_not_ready_without_the_database(
    client: Client, settings: Settings, broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CELERY_BROKER_URL = broker

    def fail() -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setattr(connection, "cursor", fail)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["parts"] == {"database": "failed", "broker": "ok", "cache": "ok"}


def test_metrics_do_not_exist_without_a_token(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "scrape-me", "Bearer scrapé-me"])
def test_metrics_do_not_exist_for_strangers(
    client: Client, token: dict[str, str], header: str
) -> None:
    assert client.get("/metrics", headers={"authorization": header}).status_code == 404


def make_delivery(*, due_at: dt.datetime) -> Delivery:
    return Delivery.objects.create(
        event=EventFactory(), endpoint=EndpointFactory(), body="{}", next_attempt_at=due_at
    )


@pytest.mark.django_db
@time_machine.travel(NOON, tick=False)
def test_metrics_count_what_waits_and_for_how_long(client: Client, token: dict[str, str]) -> None:
    OrderFactory(status="AUTHORIZED", placed_at=NOON - dt.timedelta(seconds=90))
    OrderFactory(status="AUTHORIZED", placed_at=NOON - dt.timedelta(seconds=30))
    OrderFactory(
        status="UNDOING",
        placed_at=NOON - dt.timedelta(days=1),
        parked_at=NOON - dt.timedelta(hours=1),
        parked_why="no answer",
    )
    OrderFactory(status="COMPLETED", placed_at=NOON - dt.timedelta(days=2))
    make_delivery(due_at=NOON - dt.timedelta(seconds=45))
    make_delivery(due_at=NOON + dt.timedelta(seconds=45))
    text = client.get("/metrics", headers=token).content.decode()
    assert gauge(text, 'marketplace_orders_open{status="AUTHORIZED"}') == 2
    assert gauge(text, 'marketplace_orders_open{status="UNDOING"}') == 1
    assert gauge(text, 'marketplace_orders_open{status="PLACED"}') == 0
    assert 'status="COMPLETED"' not in text
    assert gauge(text, "marketplace_orders_parked") == 1
    # A parked order waits for a person: the age is that of what should move by itself.
    assert gauge(text, "marketplace_oldest_open_order_seconds") == 90
    assert gauge(text, "marketplace_deliveries_due") == 1
    assert gauge(text, "marketplace_oldest_due_delivery_seconds") == 45


@pytest.mark.django_db
def test_metrics_of_an_empty_marketplace_are_zero(client: Client, token: dict[str, str]) -> None:
    text = client.get("/metrics", headers=token).content.decode()
    values = {line.split()[-1] for line in text.splitlines() if not line.startswith("#")}
    assert values == {"0.0"}


@pytest.mark.django_db
def test_metrics_cost_the_same_however_many_rows_there_are(
    client: Client, token: dict[str, str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(4):
        client.get("/metrics", headers=token)
    OrderFactory.create_batch(3, status="PLACED")
    for _ in range(3):
        make_delivery(due_at=NOON)
    with django_assert_num_queries(4):
        client.get("/metrics", headers=token)

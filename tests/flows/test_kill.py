"""Workers that die by SIGKILL between any two steps, and the next one that finishes the order.

Real Celery workers on a real broker; the sweep is sent by the test as beat sends it. Whatever the
moment of the kill, the buyer is charged once or not at all, and bank, ledger, entitlement, events
and app agree at the end.
"""

import dataclasses
import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from apps.core.clock import current_time
from apps.orders.models import Order
from apps.orders.progress import WORKER_PATIENCE, order_progress
from apps.orders.tasks import resume_orders
from apps.payments.models import GatewayCall
from apps.webhooks.models import Attempt, Delivery, Event
from apps.webhooks.tasks import deliver_due
from tests.conftest import PROJECT
from tests.factories import EndpointFactory
from tests.fakes.crash import POINTS_OF_A_SALE, POINTS_OF_AN_UNDO
from tests.fakes.market import FrozenClock, Market, open_market
from tests.fakes.vendor_app import Reply, VendorApp
from tests.orders.standing import EVENTS_OF_INSTALL, Standing, ending, standing, story
from tests.orders.test_saga_paths import ON_STARTER

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CALLED_OFF = Standing(
    bank=(("VOIDED", 1900, 0),),
    payments=(("VOIDED", 0, 0),),
    installations=("FAILED",),
)


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.03)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@dataclasses.dataclass
class Workers:
    """Starts workers, and knows which are left."""

    nursery: subprocess.Popen[str]
    origins: list[str]
    started: list[int] = dataclasses.field(default_factory=list)

    def start(self, crash_at: str = "") -> int:
        """Start a worker, one that dies at ``crash_at`` if given; return its process id."""
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        wanted = {"crash_at": crash_at, "origins": self.origins}
        self.nursery.stdin.write(json.dumps(wanted) + "\n")
        self.nursery.stdin.flush()
        self.started.append(int(self.nursery.stdout.readline()))
        return self.started[-1]

    def kill_all(self) -> None:
        for worker in self.started:
            if is_alive(worker):
                os.kill(worker, signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, self.started)), "all workers are dead")


@pytest.fixture(scope="module")
def nurseries() -> Iterator[list[subprocess.Popen[str]]]:
    """The process that loads everything once and forks the workers; ended with the module."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for nursery in started:
        nursery.communicate(timeout=10)


@pytest.fixture
def market(transactional_db: None, vendor_app: VendorApp, settings: Any) -> Market:
    """A market at the machine's own time, which is the workers' time."""
    settings.OUTBOUND_ALLOWED_ORIGINS = [vendor_app.url]
    settings.DIALECTS = {**settings.DIALECTS, "adding": "tests.fakes.dialects.AddingDialect"}
    market = open_market(vendor_app, FrozenClock(current_time()))
    EndpointFactory(app=market.app, url=f"{vendor_app.url}/events")
    return market


@pytest.fixture
def workers(
    market: Market,
    process_environment: Callable[..., dict[str, str]],
    nurseries: list[subprocess.Popen[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Workers]:
    if not nurseries:
        log = tmp_path_factory.mktemp("workers") / "log"
        with log.open("w") as stderr:
            nursery = subprocess.Popen(
                [sys.executable, "-m", "tests.fakes.crash"],
                cwd=PROJECT,
                env=process_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        nurseries.append(nursery)
        assert nursery.stdout is not None
        assert nursery.stdout.readline() == "ready\n", log.read_text()
    workers = Workers(nurseries[0], [market.vendor_app.url])
    yield workers
    workers.kill_all()


def sweep_until(order: Order, is_so: Callable[[], bool], what: str) -> None:
    """Send what beat sends, more often, until it is so."""

    def swept() -> bool:
        resume_orders.delay()
        deliver_due.delay()
        time.sleep(0.1)
        order.refresh_from_db()
        return is_so()

    wait_until(swept, f"{what}; {order.status}: {story(order)}")


def finish(market: Market, workers: Workers, order: Order) -> None:
    """Let a fresh worker bring the order to its end and deliver its events."""
    workers.start()
    sweep_until(order, lambda: not order.is_open, "the order has ended")
    new = Event.objects.filter(fanned_out_at__isnull=True)
    on_the_way = Delivery.objects.exclude(status=Delivery.Status.DELIVERED)
    sweep_until(
        order, lambda: not new.exists() and not on_the_way.exists(), "its events are delivered"
    )
    market.clock.now = current_time()


def run_into_the_kill(workers: Workers, order: Order, point: str) -> None:
    worker = workers.start(crash_at=point)
    sweep_until(order, lambda: not is_alive(worker), f"the worker died at {point!r}")
    order.refresh_from_db()


def assert_events_were_told_once(market: Market) -> None:
    told = [each for each in market.vendor_app.received if each.path == "/events"]
    assert sorted(each.body["type"] for each in told) == sorted(EVENTS_OF_INSTALL)
    assert len({each.headers["webhook-id"] for each in told}) == len(EVENTS_OF_INSTALL)


def asked(market: Market) -> list[str]:
    return [path for path in market.vendor_app.paths() if path != "/events"]


WHERE_IT_STANDS = {
    "order taken": "PLACED",
    "money held, not recorded": "PLACED",
    "hold recorded": "AUTHORIZED",
    "ask written down, not sent": "AUTHORIZED",
    "yes read, not recorded": "AUTHORIZED",
    "yes recorded": "ACCEPTED",
    "charged, not recorded": "ACCEPTED",
    "charge recorded": "CAPTURED",
    "inside fulfilment": "CAPTURED",
    "fulfilled, not committed": "CAPTURED",
    "completed, nobody told": "COMPLETED",
    "giving up recorded": "RELEASING",
    "released, not recorded": "RELEASING",
    "release recorded": "UNDOING",
    "undo written down, not sent": "UNDOING",
    "undo answered, not recorded": "UNDOING",
}


@pytest.mark.parametrize("point", POINTS_OF_A_SALE)
def test_a_sale_survives_a_kill(market: Market, workers: Workers, point: str) -> None:
    order = market.place(market.starter)
    run_into_the_kill(workers, order, point)
    assert order.status == WHERE_IT_STANDS[point]

    finish(market, workers, order)

    assert ending(order) == ("COMPLETED", "")
    assert standing(market) == ON_STARTER
    assert_events_were_told_once(market)
    # Only a yes that nobody recorded is asked for again, with the same id and bytes.
    assert asked(market) == ["/install"] * (2 if point == "yes read, not recorded" else 1)
    requests = [each for each in market.vendor_app.received if each.path == "/install"]
    assert len({(each.headers["webhook-id"], each.raw) for each in requests}) == 1
    acts = list(GatewayCall.objects.order_by("pk").values_list("act", flat=True))
    assert acts.count("AUTHORIZE") == (2 if point == "money held, not recorded" else 1)
    assert acts.count("CAPTURE") == (2 if point == "charged, not recorded" else 1)
    assert "VOID" not in acts
    assert "REFUND" not in acts


def test_a_sale_survives_a_kill_while_the_app_works_on_the_ask(
    market: Market, workers: Workers
) -> None:
    order = market.place(market.starter)
    market.vendor_app.answer(
        "/install", Reply(before=lambda: os.kill(workers.started[0], signal.SIGKILL))
    )
    # Any point that it does not come to: only its lease is wanted.
    run_into_the_kill(workers, order, "released, not recorded")
    assert (order.status, Attempt.objects.get().state) == ("AUTHORIZED", "SENDING")

    finish(market, workers, order)

    assert ending(order) == ("COMPLETED", "")
    assert standing(market) == ON_STARTER
    assert asked(market) == ["/install", "/install"]
    asks = Attempt.objects.filter(ask__isnull=False).order_by("number")
    assert [(row.state, row.outcome) for row in asks] == [("LOST", "UNKNOWN"), ("DONE", "YES")]
    assert_events_were_told_once(market)


@pytest.mark.parametrize("point", POINTS_OF_AN_UNDO)
def test_an_undo_survives_a_kill(market: Market, workers: Workers, point: str) -> None:
    market.program.plan_asks = "adding"
    market.program.save()
    market.vendor_app.answer("/install", Reply(500))
    order = market.place(market.starter)
    run_into_the_kill(workers, order, point)
    assert order.status == WHERE_IT_STANDS[point]

    finish(market, workers, order)

    assert ending(order) == ("ABANDONED", "NO_ANSWER")
    assert standing(market) == CALLED_OFF
    undone = 3 if point == "undo answered, not recorded" else 2
    assert asked(market) == ["/install", *["/uninstall"] * undone]
    ids = [
        each.headers["webhook-id"]
        for each in market.vendor_app.received
        if each.path == "/uninstall"
    ]
    assert len(set(ids)) == 2, "the second undo has an id of its own, a repeat has not"


def test_an_undo_survives_a_kill_while_the_app_works_on_it(
    market: Market, workers: Workers
) -> None:
    market.program.plan_asks = "adding"
    market.program.save()
    market.vendor_app.answer("/install", Reply(500))
    market.vendor_app.answer(
        "/uninstall", Reply(before=lambda: os.kill(workers.started[0], signal.SIGKILL))
    )
    order = market.place(market.starter)
    run_into_the_kill(workers, order, "charged, not recorded")
    assert order.status == "UNDOING"

    finish(market, workers, order)

    assert ending(order) == ("ABANDONED", "NO_ANSWER")
    assert standing(market) == CALLED_OFF


def test_an_order_whose_message_was_lost_is_found_by_the_sweep(
    market: Market, workers: Workers, broker: str
) -> None:
    order = market.place(market.starter)
    with redis.Redis.from_url(broker) as client:
        assert client.llen("asks") == 1
        client.flushdb()

    finish(market, workers, order)

    assert standing(market) == ON_STARTER


def test_without_a_worker_an_order_waits_and_says_so_and_a_worker_finishes_it(
    market: Market, process_environment: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    order = market.place(market.starter)
    now = current_time()
    assert not order_progress(order, now=now).waits_for_worker
    later = order_progress(order, now=now + WORKER_PATIENCE + dt.timedelta(seconds=1))
    assert later.waits_for_worker
    assert later.can_withdraw
    assert (later.held, later.charged) == (0, 0)
    assert standing(market) == Standing(
        payments=(("NEW", 0, 0),), installations=("PENDING",), usable_tokens=1, readable_secrets=1
    )

    # The message waits in the broker; a worker that is started as in production takes it.
    log = tmp_path / "log"
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "--app", "marketplace", "worker"),
                *("--queues", "asks,default", "--pool", "threads", "--concurrency", "2"),
                *("--loglevel", "warning", "--without-gossip", "--without-mingle"),
            ],
            cwd=PROJECT,
            env=process_environment(),
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        ) as worker,
    ):
        try:

            def is_told() -> bool:
                order.refresh_from_db()
                return not order.is_open and "/events" in market.vendor_app.paths()

            wait_until(is_told, "the worker has finished the order", 60)
        finally:
            worker.send_signal(signal.SIGKILL)
    market.clock.now = current_time()
    assert standing(market) == ON_STARTER

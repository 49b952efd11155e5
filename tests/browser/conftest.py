"""A real browser on a real server, a real worker and a vendor's real app.

The browser is the system's Chromium, one for the whole run. The web server is a thread of this
process; the Celery worker and the demo app are processes of their own, on the same database file
and on a broker database that nobody else flushes. Nothing here runs a task eagerly.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import User
from apps.core.clock import current_time
from apps.orders.models import Order
from apps.orders.tasks import resume_orders
from tests.browser.market import Market, make_market
from tests.browser.watching import Watch
from tests.chromium import find_chromium
from tests.demo.conftest import DemoApp
from tests.factories.catalog import APP_SECRET

ROOT = Path(__file__).resolve().parents[2]
QUEUES = ("asks", "default")
#: Two cores that others use too: what usually takes a second may take several.
PATIENCE_SECONDS = 20

expect.set_options(timeout=PATIENCE_SECONDS * 1000)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run browser tests last: Playwright leaves an event loop running in the main thread."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


# --- The browser -----------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _orm_beside_playwright() -> Iterator[None]:
    """Let tests use the ORM: Django takes Playwright's event loop for an async caller."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the system's Chromium, quietly: it calls nobody by itself."""
    return {
        **browser_type_launch_args,
        "executable_path": find_chromium(),
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ],
    }


@pytest.fixture(scope="session")
def base_url(live_server: LiveServer) -> str:
    """The live server is where paths lead."""
    return live_server.url


#: Of a browser window, unless a test asks for something else.
WINDOW = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}

OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(
    new_context: Callable[..., BrowserContext],
    live_server: LiveServer,
    settled: None,
) -> Iterator[OpenPage]:
    """Return a function that opens a browser of its own, signed in as a person or as nobody.

    Whatever is opened is watched: see :class:`~tests.browser.watching.Watch`.
    """
    watch = Watch(live_server.url)
    contexts: list[BrowserContext] = []

    def open_as(user: User | None = None, **options: Any) -> Page:
        context = new_context(**{**WINDOW, **options})
        contexts.append(context)
        watch.attach(context)
        if user is not None:
            context.add_cookies([{**session_cookie(user), "url": live_server.url}])
        return context.new_page()

    yield open_as
    for context in contexts:
        for page in context.pages:
            page.evaluate("0")  # whatever the page has said until now arrives before the answer
        context.close()
    assert watch.faults == []


def session_cookie(user: User) -> dict[str, Any]:
    """A session of ``user``, as signing in makes one."""
    client = Client()
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value}


# --- The vendor's app ------------------------------------------------------------------------


@pytest.fixture(scope="session")
def demo_app_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo app keeps its state."""
    return tmp_path_factory.mktemp("demo_app")


@pytest.fixture(scope="session")
def _demo_app(demo_app_folder: Path) -> Iterator[DemoApp]:
    with subprocess.Popen(
        [
            *(sys.executable, str(ROOT / "examples" / "demo_app" / "app.py")),
            *("--port", "0", "--state-dir", str(demo_app_folder), "--secret", APP_SECRET),
        ],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1].rstrip("/")
        with override_settings(OUTBOUND_ALLOWED_ORIGINS=[url]):
            yield DemoApp(url, process)
        process.terminate()


@pytest.fixture
def demo_app(_demo_app: DemoApp) -> Iterator[DemoApp]:
    """The vendor's app. It says yes to every ask unless ``control`` tells it otherwise."""
    yield _demo_app
    # Lets go of what still hangs in it, too.
    _demo_app.control(do="reset")


# --- The worker ------------------------------------------------------------------------------


class Worker:
    """The Celery worker of a test run: one process, both queues, threads."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, broker_url: str) -> None:
        self.process = process
        self.log = log
        self.broker_url = broker_url
        self._read = 0

    def sweep(self) -> None:
        """Wake what is due, as beat does every five seconds."""
        resume_orders.delay()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Nobody works for a while: the process stands still."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def new_log(self) -> str:
        """What it has logged since the last call."""
        text = self.log.read_text(errors="replace")
        new, self._read = text[self._read :], len(text)
        return new

    def is_at_rest(self) -> bool:
        """Whether nothing waits in its queues and no order is in its hands."""
        with redis.Redis.from_url(self.broker_url) as client:
            waiting = sum(client.llen(queue) for queue in QUEUES) + client.hlen("unacked")
        return (
            not waiting and not Order.objects.filter(lease_expires_at__gt=current_time()).exists()
        )


@pytest.fixture(scope="session")
def _worker(
    _broker_server: str,
    _demo_app: DemoApp,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Worker]:
    from marketplace.celery import app

    # Not the database that the fixture `broker` flushes: a worker that lives on would lose the
    # bindings of its queues.
    broker_url = urlsplit(_broker_server)._replace(path="/15").geturl()
    with redis.Redis.from_url(broker_url) as client:
        client.flushdb()
    with django_db_blocker.unblock():
        database = str(connection.settings_dict["NAME"])
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    log = tmp_path_factory.mktemp("worker") / "worker.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "--app", "marketplace", "worker"),
                *("--queues", ",".join(QUEUES), "--pool", "threads", "--concurrency", "8"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
                *("--loglevel", "warning"),
            ],
            cwd=ROOT,
            env={
                **kept,
                "DJANGO_SETTINGS_MODULE": "marketplace.settings.test",
                "TEST_PROCESS_DATABASE": database,
                "TEST_PROCESS_BROKER_URL": broker_url,
                "TEST_PROCESS_ALLOWED_ORIGINS": _demo_app.url,
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(app.conf, "broker_url", broker_url)
        app._after_fork()  # drops the connections to the broker before
        deadline = time.monotonic() + 60
        while not app.control.ping(timeout=0.5):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, f"the worker did not start\n{log.read_text()}"
        yield Worker(process, log, broker_url)
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
    app._after_fork()


@pytest.fixture
def worker(_worker: Worker) -> Worker:
    """The running worker."""
    return _worker


@pytest.fixture
def settled(transactional_db: None, worker: Worker, demo_app: DemoApp) -> Iterator[None]:
    """End a test only when the worker has come to rest: its rows are deleted next."""
    cache.clear()  # holds the counts of the sign-in limits
    yield
    demo_app.control(do="reset")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not worker.is_at_rest():
        assert time.monotonic() < deadline, f"the worker does not come to rest\n{worker.new_log()}"
        time.sleep(0.05)
    assert "Traceback" not in (logged := worker.new_log()), logged


@pytest.fixture
def market(settled: None, demo_app: DemoApp) -> Market:
    """An agency, its people and sites, and an app with plans that the demo app answers for."""
    return make_market(demo_app.url)

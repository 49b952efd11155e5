"""The embedded default: SQLite and the Valkey server that ``make run`` starts.

Ports, base URL, broker and keys were written once to ``var/run.env``, so that ``manage.py``
typed beside a running ``make run`` meets the same system. The environment wins over that file.
"""

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

RUN_ENV = Path(__file__).resolve().parents[2] / "var" / "run.env"

environ.Env.read_env(RUN_ENV, overwrite=False)
if "SECRET_KEY" not in os.environ:
    raise ImproperlyConfigured(
        f"{RUN_ENV} is missing and SECRET_KEY is not set: `make setup` writes that file. "
        "In production, set DJANGO_SETTINGS_MODULE=marketplace.settings.production."
    )

from marketplace.settings.environment import *  # noqa: E402, F403
from marketplace.settings.environment import ALLOWED_HOSTS, env  # noqa: E402

if not env.list("ALLOWED_HOSTS", default=[]):
    ALLOWED_HOSTS = sorted({*ALLOWED_HOSTS, "localhost", "127.0.0.1", "[::1]"})

# Cookies know no ports: two clones on one machine would sign each other's people out.
SESSION_COOKIE_NAME = f"sessionid_{env.int('PORT', default=0)}"
CSRF_COOKIE_NAME = f"csrftoken_{env.int('PORT', default=0)}"

# Mail is kept as files, to be read with any viewer; nothing leaves the machine.
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"

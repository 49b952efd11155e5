"""``base`` and what the environment decides; ``docs/operations.md`` lists the variables.

``local`` and ``production`` build on it. Tests do not: they must not depend on the shell.
"""

from urllib.parse import urlsplit

import environ

from marketplace.settings.base import *  # noqa: F403
from marketplace.settings.databases import cache_beside, database_from_url, sqlite

env = environ.Env()


SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
#: Fernet keys for secrets at rest; the first encrypts, all decrypt.
FIELD_ENCRYPTION_KEYS = env.list("FIELD_ENCRYPTION_KEYS")

DEBUG = env.bool("DEBUG", default=False)
PUBLIC_BASE_URL = env.str("PUBLIC_BASE_URL")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[urlsplit(PUBLIC_BASE_URL).hostname or ""])
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]

DATABASES = {
    "default": (
        database_from_url(env.str("DATABASE_URL"))
        if env.str("DATABASE_URL", default="")
        else sqlite(VAR_DIR / "db.sqlite3")
    )
}

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.str("CACHE_URL", default="") or cache_beside(CELERY_BROKER_URL),
        "KEY_PREFIX": "marketplace",
        # The broker's server must not evict messages to make room: entries end by themselves.
        "TIMEOUT": 300,
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }
}

OPEN_SIGN_UP = env.bool("OPEN_SIGN_UP", default=False)
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if OPEN_SIGN_UP else "none"
OUTBOUND_ALLOWED_ORIGINS = env.list("OUTBOUND_ALLOWED_ORIGINS", default=[])
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
DEMO_APP_URL = env.str("DEMO_APP_URL", default="")

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="marketplace@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Static files carry a hash of their content in their name and are served by whitenoise.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MIDDLEWARE = [
    MIDDLEWARE[0],
    "whitenoise.middleware.WhiteNoiseMiddleware",
    *MIDDLEWARE[1:],
]

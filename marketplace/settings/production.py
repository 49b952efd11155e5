"""Production: PostgreSQL, Redis or Valkey, HTTPS, JSON logs; all from the environment."""

from django.core.exceptions import ImproperlyConfigured

from marketplace.settings.environment import *  # noqa: F403
from marketplace.settings.environment import env
from marketplace.settings.logs import logging_config

if not env.str("DATABASE_URL", default=""):
    raise ImproperlyConfigured("DATABASE_URL is not set: production runs on PostgreSQL.")

DEBUG = False

# /healthz and /readyz are asked by load balancers, which speak plain HTTP behind TLS.
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# Only behind a proxy that sets or strips the header itself; otherwise a client could claim TLS.
if env.bool("TRUST_X_FORWARDED_PROTO", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
# How many proxies of ours add to X-Forwarded-For: sign-in limits count clients, not proxies.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

vars().update(env.email("EMAIL_URL", default="smtp://localhost:25"))

LOGGING = logging_config(as_json=True, level=env.str("LOG_LEVEL", default="INFO"))

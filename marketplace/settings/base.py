"""What every process has in common. Nothing here reads the environment: see ``environment``."""

from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.utils.translation import gettext_lazy as _

from marketplace.settings import unfold
from marketplace.settings.logs import configure_structlog, logging_config

# Annotations such as ModelAdmin[App] are evaluated when a class is made.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = BASE_DIR / "var"

# --- Applications -------------------------------------------------------------------------

INSTALLED_APPS = [
    # Unfold replaces templates of the admin and of the admin's companions: before them.
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
    "rest_framework",
    "simple_history",
    # from the lowest layer up
    "apps.core",
    "apps.accounts",
    "apps.catalog",
    "apps.webhooks",
    "apps.entitlements",
    "apps.ledger",
    "apps.payments",
    "apps.subscriptions",
    "apps.orders",
    "apps.api",
    "apps.integrations",
    "apps.integrations.duda",
    "apps.portal",
    "apps.backoffice",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "marketplace.content_security.RelaxationMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
]

ROOT_URLCONF = "marketplace.urls"
WSGI_APPLICATION = "marketplace.wsgi.application"
ASGI_APPLICATION = "marketplace.asgi.application"
# What is typed without a scheme is https: Django 6 does so by itself.
FORMS_URLFIELD_ASSUME_HTTPS = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ]
        },
    }
]

# --- Languages and time -------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("de", _("German")),
    ("he", _("Hebrew")),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["marketplace.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

# --- Files --------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"

# --- People -------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
# E-mail addresses are unique in lower case, by a constraint that the check does not look into.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

#: People are made by staff or invited by their organization; True opens the sign-up page.
OPEN_SIGN_UP = False
ACCOUNT_ADAPTER = "marketplace.sign_in.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
# Whoever makes a person vouches for the address; nobody else can make one.
ACCOUNT_EMAIL_VERIFICATION = "none"
# Answers the same whether or not an address is known, in the page and in the mail.
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = None
MFA_TOTP_ISSUER = "Marketplace"

# --- Browser security ---------------------------------------------------------------------

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        # No form-action: Chrome applies it to redirects after a form too, and those lead to apps.
    }
}
#: Path prefix -> directives added below it; a view's own ``csp_update`` replaces them.
CONTENT_SECURITY_RELAXATIONS: dict[str, dict[str, list[str]]] = {
    # Alpine, inside Unfold, evaluates its attributes and sets style attributes.
    "/admin/": {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]},
    # The QR code of the TOTP page is a data: image.
    "/accounts/2fa/": {"img-src": [SELF, "data:"]},
}

# --- Celery -------------------------------------------------------------------------------
# Truth is in rows. A message only wakes a worker, so that a lost one costs a sweep's delay.

CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = "default"
#: An app may take a minute to answer: its asks hold threads of a worker of their own.
CELERY_TASK_ROUTES = {"orders.advance_order*": {"queue": "asks"}}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Celery closes its connection after each task otherwise: 2,000 connections for 2,000 tasks.
CELERY_DB_REUSE_MAX = 1000
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Well above the longest task with the wait before it; shorter ones were delivered twice.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600, "socket_connect_timeout": 2}
# A page must not hang when the broker is away: the sweep finds the row.
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.2,
}
CELERY_BEAT_SCHEDULE = {
    # A message that waited longer than a few rounds has been overtaken by the next ones.
    "resume orders": {
        "task": "orders.resume_orders",
        "schedule": 5.0,
        "options": {"expires": 15},
    },
    "deliver due events": {
        "task": "webhooks.deliver_due",
        "schedule": 5.0,
        "options": {"expires": 15},
    },
}

# --- Marketplace --------------------------------------------------------------------------

#: The gateway that new cards are added to.
PAYMENT_GATEWAY = "sandbox"
PAYMENT_GATEWAYS = {"sandbox": "apps.payments.gateways.sandbox.SandboxGateway"}
EVENT_FORMATS = {"standard": "apps.webhooks.formats.StandardFormat"}
DIALECTS = {"duda": "apps.integrations.duda.dialect.DudaDialect"}
#: Origins (scheme, host, port) that the guarded client may reach although they are private.
OUTBOUND_ALLOWED_ORIGINS: list[str] = []
#: Where the demo app answers for the apps of the demo, and the folder it keeps its state in.
DEMO_APP_URL = ""
DEMO_APP_DIR = VAR_DIR / "demo_app"
#: Bearer token of ``/metrics``; while it is empty the page does not exist.
METRICS_TOKEN = ""

# --- Admin --------------------------------------------------------------------------------

UNFOLD = unfold.UNFOLD
STAFF_NAVIGATION = unfold.STAFF_NAVIGATION

# --- API ----------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    # Nothing is open by accident: each view names who may call it.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Marketplace API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
#: Spreadsheets run formulas: what a partner typed as one is exported as text.
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True

# --- Logging ------------------------------------------------------------------------------

configure_structlog()
LOGGING = logging_config(as_json=False)
DJANGO_STRUCTLOG_CELERY_ENABLED = True

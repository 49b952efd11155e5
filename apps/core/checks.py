"""System checks of the settings: a wrong one is named at start, not met by a buyer."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.utils.module_loading import import_string

#: Settings that let a low layer reach a high one: a name mapped to a dotted path.
DOTTED_PATH_SETTINGS = ("PAYMENT_GATEWAYS", "DIALECTS", "EVENT_FORMATS")


@register()
def check_dotted_paths(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Load every gateway, dialect and format, so that a typo cannot wait for the first sale."""
    messages: list[CheckMessage] = []
    for setting in DOTTED_PATH_SETTINGS:
        for name, path in getattr(settings, setting).items():
            try:
                import_string(path)
            except ImportError as error:
                messages.append(
                    Error(f'{setting}["{name}"] cannot be loaded: {error}', id="core.E001")
                )
    return messages


@register(Tags.security)
def check_encryption_keys(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse a missing or malformed key ring: secrets could be neither written nor read."""
    if not settings.FIELD_ENCRYPTION_KEYS:
        return [Error("FIELD_ENCRYPTION_KEYS is empty.", id="core.E002")]
    messages: list[CheckMessage] = []
    for position, key in enumerate(settings.FIELD_ENCRYPTION_KEYS):
        try:
            Fernet(key)
        except ValueError:
            # The key itself must not reach a log, so only its place is named.
            messages.append(
                Error(
                    f"FIELD_ENCRYPTION_KEYS[{position}] is not a Fernet key "
                    "(32 bytes in URL-safe base64).",
                    id="core.E003",
                )
            )
    return messages


@register(Tags.urls)
def check_public_base_url(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Hold the base URL to scheme and host, as paths are appended to it as they are."""
    parts = urlsplit(settings.PUBLIC_BASE_URL)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
        return [
            Error(
                "PUBLIC_BASE_URL must be scheme and host without a path or trailing slash, "
                f"such as https://marketplace.example; it is {settings.PUBLIC_BASE_URL!r}.",
                id="core.E004",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def check_outbound_guard(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse holes in the outbound guard on a production system.

    Each allowed origin is an address that apps' URLs may reach although it is private: right for
    a demo on one machine, an open door to the internal network anywhere else.
    """
    if settings.OUTBOUND_ALLOWED_ORIGINS:
        return [
            Error(
                f"OUTBOUND_ALLOWED_ORIGINS must be empty in production; it is "
                f"{settings.OUTBOUND_ALLOWED_ORIGINS!r}.",
                id="core.E005",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def check_public_base_url_is_https(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse plain HTTP as the address that apps and buyers are given."""
    if urlsplit(settings.PUBLIC_BASE_URL).scheme != "https":
        return [Error("PUBLIC_BASE_URL must begin with https://.", id="core.E006")]
    return []

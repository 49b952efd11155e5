"""Setting up where an app's events go."""

import base64
import binascii
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.catalog.keys import new_app_secret
from apps.catalog.models import App
from apps.core.errors import DomainError
from apps.core.origins import is_allowed_origin, origin_of
from apps.webhooks.models import Endpoint

SECRET_BYTES = 24
URL_LENGTH = 2000


class EndpointRefused(DomainError):
    """The endpoint cannot be saved so."""

    code = "endpoint_refused"


def add_endpoint(
    *,
    app: App,
    url: str,
    event_format: str = "standard",
    event_types: list[str] | None = None,
    secret: str = "",
) -> Endpoint:
    """Add an endpoint with a signing secret of its own. Raises :class:`EndpointRefused`.

    ``secret`` is base64 of at least 24 bytes, made here when empty. What is refused here would
    fail at each event, long after anybody looks.
    """
    if not _is_address(url):
        raise EndpointRefused(_("An endpoint has an absolute https address."), field="url")
    if event_format not in settings.EVENT_FORMATS:
        raise EndpointRefused(
            _("There is no format “%(format)s”. Choose one of: %(formats)s.")
            % {"format": event_format, "formats": ", ".join(settings.EVENT_FORMATS)},
            field="event_format",
        )
    if secret and not _is_secret(secret):
        raise EndpointRefused(
            _("A signing secret is base64 of at least %(count)s bytes, without a prefix.")
            % {"count": SECRET_BYTES},
            field="secret",
        )
    try:
        with transaction.atomic():
            return Endpoint.objects.create(
                app=app,
                url=url,
                format=event_format,
                event_types=event_types or [],
                secret=secret or new_app_secret(),
            )
    except IntegrityError as error:
        raise EndpointRefused(_("The app already has this endpoint."), field="url") from error


def _is_address(url: str) -> bool:
    """Whether ``url`` is https and whole, or at an origin that the settings allow."""
    if len(url) > URL_LENGTH or any(character <= " " for character in url):
        return False
    is_secure = origin_of(url).startswith("https://") and urlsplit(url).username is None
    return is_secure or is_allowed_origin(url)


def _is_secret(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) >= SECRET_BYTES
    except (binascii.Error, ValueError):
        return False

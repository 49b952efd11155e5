"""Setting up where an app's events go."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.catalog.keys import new_app_secret
from apps.catalog.models import App
from apps.core.errors import DomainError
from apps.webhooks.models import Endpoint


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

    ``secret`` is base64 of at least 24 bytes, made here when empty.
    """
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

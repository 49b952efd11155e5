"""Event formats: how an event is spelt, signed and acknowledged. An endpoint chooses one."""

import datetime as dt
import functools
import json
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from apps.webhooks.models import Endpoint, Event
from apps.webhooks.signing import standard_headers


class EventFormat(Protocol):
    """One way of telling an event. Vendors' formats are leaves in ``apps/integrations``."""

    timeout: float
    """How long the receiver may take, in seconds."""

    def render(self, event: Event) -> str:
        """Spell the event; done once, the same bytes are sent each time."""

    def headers(
        self, event: Event, endpoint: Endpoint, *, body: bytes, at: dt.datetime
    ) -> dict[str, str]:
        """Sign the body, anew for each attempt."""

    def is_delivered(self, status: int) -> bool:
        """Whether this HTTP status means that the receiver has it."""


@functools.cache
def event_format(name: str) -> EventFormat:
    """Return the format that the setting ``EVENT_FORMATS`` names. Raises ``KeyError``."""
    made: EventFormat = import_string(settings.EVENT_FORMATS[name])()
    return made


class StandardFormat:
    """Our own catalogue in the form of Standard Webhooks 1.0."""

    timeout = 15.0

    def render(self, event: Event) -> str:
        """Spell type, time and data, and the number by which a receiver sees gaps."""
        return json.dumps(
            {
                "type": event.type,
                "timestamp": event.occurred_at.astimezone(dt.UTC).isoformat(),
                "id": str(event.public_id),
                "sequence": event.sequence,
                "mode": event.mode,
                "data": event.data,
            },
            separators=(",", ":"),
            ensure_ascii=False,
        )

    def headers(
        self, event: Event, endpoint: Endpoint, *, body: bytes, at: dt.datetime
    ) -> dict[str, str]:
        """Sign under the event's id, on all its deliveries: a receiver drops repeats by it."""
        return standard_headers(str(event.public_id), body=body, secrets=[endpoint.secret], at=at)

    def is_delivered(self, status: int) -> bool:
        """Any 2xx."""
        return 200 <= status < 300

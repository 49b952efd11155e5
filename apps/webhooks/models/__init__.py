"""The outbox: asks and events, where they go, and every attempt to get them there."""

from apps.webhooks.models.asks import Ask
from apps.webhooks.models.attempts import Attempt
from apps.webhooks.models.deliveries import Delivery, Endpoint
from apps.webhooks.models.events import Event, EventStream

__all__ = ["Ask", "Attempt", "Delivery", "Endpoint", "Event", "EventStream"]

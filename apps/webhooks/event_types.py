"""The catalogue of our own events: each type, and when it is written."""

import enum


class EventType(enum.StrEnum):
    """What an event can tell. Past tense: each is a fact."""

    INSTALLATION_CREATED = "installation.created"
    """An app was installed. Data: installation, plan."""
    PLAN_CHANGED = "plan.changed"
    """An installation moved to another plan. Data: installation, plan, previous plan."""
    ENTITLEMENT_CREATED = "entitlement.created"
    """A holder got the right to use a SKU. Data: the entitlement."""
    ENTITLEMENT_ENDED = "entitlement.ended"
    """A right ran out, or another took its place. It was not taken back. Data: the entitlement."""
    ORDER_COMPLETED = "order.completed"
    """An order came to its good end. Data: order, total."""

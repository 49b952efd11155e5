"""Pages of the models whose buttons start a process, and the audit trail."""

from apps.backoffice.admin import (
    apps,
    audit,
    installations,
    organizations,
    payments,
    plans,
    subscriptions,
)

__all__ = [
    "apps",
    "audit",
    "installations",
    "organizations",
    "payments",
    "plans",
    "subscriptions",
]

"""The navigation's badges: what waits for a person, beside the list that shows it."""

import copy
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.orders.models import Order
from apps.webhooks.models import Delivery

#: The badges are on every page: they may be this many seconds old.
_BADGE_AGE = 30


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of ``STAFF_NAVIGATION`` with badges where there is something to do."""
    groups: list[dict[str, Any]] = copy.deepcopy(settings.STAFF_NAVIGATION)
    waiting = _waiting()
    for group in groups:
        for page in group["items"]:
            if count := waiting.get(page.get("model", "")):
                page["badge"] = count
    return groups


def _waiting() -> dict[str, int]:
    found: dict[str, int] | None = cache.get("backoffice:badges")
    if found is None:
        rows: dict[str, QuerySet[Any]] = {
            "orders.order": Order.objects.filter(parked_at__isnull=False),
            "webhooks.delivery": Delivery.objects.filter(status=Delivery.Status.FAILED),
        }
        found = {name: each.count() for name, each in rows.items()}
        cache.set("backoffice:badges", found, _BADGE_AGE)
    return found

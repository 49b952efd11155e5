"""What needs a person: for the navigation's badges, the dashboard and the pages themselves."""

import datetime as dt

from django.core.cache import cache
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from apps.catalog.models import App, Plan, Price
from apps.orders.models import Order
from apps.webhooks.models import Delivery

#: The badges are on every page: they may be this many seconds old.
_BADGE_AGE = 30


def paid_plans_without_price(now: dt.datetime) -> QuerySet[Plan]:
    """Return the PAID plans that nobody can buy, because no price of theirs is in force.

    Plans of apps that are not for sale anyway are left out.
    """
    newer = Price.objects.filter(
        sku=OuterRef("sku"),
        currency=OuterRef("currency"),
        recurrency=OuterRef("recurrency"),
        starts_at__gt=OuterRef("starts_at"),
        starts_at__lte=now,
    )
    in_force = Price.objects.filter(
        ~Exists(newer), sku=OuterRef("sku"), starts_at__lte=now, amount__isnull=False
    )
    return (
        Plan.objects.filter(
            ~Exists(in_force), plan_type=Plan.PlanType.PAID, retired_at__isnull=True
        )
        .exclude(app__status__in=[App.Status.SUSPENDED, App.Status.DELISTED])
        .select_related("app", "sku")
        .order_by("app__name", "grade")
    )


def parked_orders_badge(request: HttpRequest) -> str:
    """Return how many orders are parked, or nothing."""
    return _badge("parked-orders", Order.objects.filter(parked_at__isnull=False))


def failed_deliveries_badge(request: HttpRequest) -> str:
    """Return how many deliveries were given up, or nothing."""
    return _badge("failed-deliveries", Delivery.objects.filter(status=Delivery.Status.FAILED))


def _badge(name: str, rows: QuerySet[Order] | QuerySet[Delivery]) -> str:
    key = f"backoffice:badge:{name}"
    count = cache.get(key)
    if count is None:
        count = rows.count()
        cache.set(key, count, _BADGE_AGE)
    return str(count) if count else ""

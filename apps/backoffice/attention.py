"""What needs a person: for the dashboard and the pages of those who can do something."""

import datetime as dt

from django.db.models import Exists, OuterRef, QuerySet

from apps.catalog.models import App, Plan, Price


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

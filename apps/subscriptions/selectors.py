"""Reading installations and subscriptions."""

from collections.abc import Iterable

from django.db.models import Count, QuerySet

from apps.accounts.models import Organization, Site
from apps.catalog.models import App
from apps.subscriptions.models import Installation, Period, Subscription


def installation_on(app: App, site: Site) -> Installation | None:
    """Return the installation of ``app`` on ``site`` that is pending or active."""
    return (
        Installation.objects.select_related("organization", "site", "app")
        .filter(app=app, site=site, status__in=Installation.OPEN)
        .first()
    )


def live_subscription(app: App, site: Site) -> Subscription | None:
    """Return what ``site`` has of ``app`` now, with its plan and kept price."""
    return (
        Subscription.objects.select_related("plan__sku", "plan__app", "price", "installation")
        .filter(app=app, site=site, status__in=Subscription.LIVE)
        .first()
    )


def installations_on(site: Site) -> QuerySet[Installation]:
    """Return the active installations on ``site`` with app, plan and price, by app name."""
    return (
        Installation.objects.filter(site=site, status=Installation.Status.ACTIVE)
        .select_related(
            "app__vendor",
            "app__program",
            "subscription__plan__sku",
            "subscription__price",
            "organization",
        )
        .prefetch_related("app__profiles", "subscription__plan__profiles")
        .order_by("app__name", "pk")
    )


def installation_counts(organization: Organization | None, apps: Iterable[App]) -> dict[int, int]:
    """Return on how many sites of ``organization`` each app is active, by app key."""
    rows = (
        Installation.objects.filter(
            organization=organization, app__in=apps, status=Installation.Status.ACTIVE
        )
        .values_list("app_id")
        .annotate(count=Count("pk"))
    )
    return dict(rows)


def current_period(subscription: Subscription) -> Period | None:
    """Return the period that is paid and running; free plans have none."""
    return (
        Period.objects.filter(subscription=subscription, state=Period.State.PAID)
        .order_by("-number")
        .first()
    )

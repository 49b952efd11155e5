"""Reading the catalogue: what is on the store, in which words and at which price."""

import dataclasses
import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.catalog.languages import pick_text
from apps.catalog.models import App, AppProfile, Plan, PlanProfile, Price, Sku


@dataclasses.dataclass(frozen=True, slots=True)
class PlanText:
    """A plan's words in the language that came nearest to the reader's."""

    language: str
    name: str
    subtitle: str
    features: tuple[str, ...]


def apps_on_store(user: User) -> QuerySet[App]:
    """Return the apps that ``user`` finds on the store, by name.

    Published ones; and for members of its vendor, and for marketplace staff, drafts too.
    """
    apps = App.objects.select_related("vendor", "program").order_by("name", "pk")
    if user.is_staff:
        return apps.exclude(status__in=[App.Status.SUSPENDED, App.Status.DELISTED])
    return apps.filter(
        Q(status=App.Status.PUBLISHED) | Q(status=App.Status.DRAFT, vendor__memberships__user=user)
    ).distinct()


def app_profile(app: App, language: str) -> AppProfile | None:
    """Return the app's store text that comes nearest to ``language``.

    Reads ``app.profiles.all()``, so that a prefetch makes a list of apps cost one query.
    """
    rows = sorted(
        (row for row in app.profiles.all() if not row.is_white_label), key=lambda row: row.pk
    )
    return pick_text({row.language: row for row in rows}, language)


def plan_text(plan: Plan, language: str) -> PlanText:
    """Return the plan's words for a reader of ``language``; prefetch ``profiles`` for lists."""
    rows: list[PlanProfile] = sorted(plan.profiles.all(), key=lambda row: row.pk)
    row = pick_text({row.language: row for row in rows}, language)
    if row is None:
        return PlanText(language="", name=plan.sku.slug, subtitle="", features=())
    return PlanText(row.language, row.name, row.subtitle, tuple(row.features))


def live_plans(app: App) -> QuerySet[Plan]:
    """Return the plans that are not retired, lowest grade first, with their texts."""
    return (
        Plan.objects.filter(app=app, retired_at__isnull=True)
        .select_related("sku")
        .prefetch_related("profiles")
        .order_by("grade")
    )


def prices_in_force(
    skus: Iterable[Sku | int], currency: str, moment: dt.datetime
) -> dict[tuple[int, str], Price]:
    """Return the price in force at ``moment`` by SKU key and recurrency, in one query.

    A withdrawn price is absent. Nothing is converted: a SKU without a price in ``currency`` is
    not sold in it.
    """
    keys = [sku.pk if isinstance(sku, Sku) else sku for sku in skus]
    rows = Price.objects.filter(sku__in=keys, currency=currency, starts_at__lte=moment).order_by(
        "starts_at"
    )
    newest = {(row.sku_id, row.recurrency): row for row in rows}
    return {key: row for key, row in newest.items() if row.amount is not None}


def price_in_force(sku: Sku, currency: str, recurrency: str, moment: dt.datetime) -> Price | None:
    """Return the one price in force for ``sku``, or ``None`` when it is not sold so."""
    return prices_in_force([sku], currency, moment).get((sku.pk, recurrency))


def next_price(price: Price, moment: dt.datetime) -> Price | None:
    """Return the row that will follow ``price`` after ``moment``, if one is set already."""
    return (
        Price.objects.filter(
            sku=price.sku_id,
            currency=price.currency,
            recurrency=price.recurrency,
            starts_at__gt=moment,
        )
        .order_by("starts_at")
        .first()
    )


def priced_plans(app: App, moment: dt.datetime) -> set[UUID]:
    """Return the UUIDs of the app's plans that have a price in force in some currency.

    A PAID plan that is not among them is not offered to anyone.
    """
    rows = (
        Price.objects.filter(sku__plan__app=app, starts_at__lte=moment)
        .order_by("starts_at")
        .values_list("sku__plan__uuid", "currency", "recurrency", "amount")
    )
    newest = {(uuid, currency, recurrency): amount for uuid, currency, recurrency, amount in rows}
    return {uuid for (uuid, _, _), amount in newest.items() if amount is not None}

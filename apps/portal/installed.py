"""The apps of one site: what a client sees of them, and what a buyer sees beside it."""

import dataclasses
import datetime as dt
from collections.abc import Iterable

from apps.accounts.access import SiteRights
from apps.accounts.models import Site
from apps.catalog.models import App, Plan, Price
from apps.core.clock import local_date
from apps.core.modes import Mode
from apps.core.money import Money
from apps.orders.models import Order
from apps.portal.app_words import AppWords, PlanWords, app_words, plan_words
from apps.portal.openings import Opening, opening_of
from apps.subscriptions.models import Installation, Subscription
from apps.subscriptions.selectors import installations_on


@dataclasses.dataclass(frozen=True, slots=True)
class InstalledApp:
    """An app on a site as its client sees it. It has no price, and no state of a payment."""

    app: AppWords
    plan: PlanWords
    is_trial: bool
    trial_days_left: int | None
    trial_ends_at: dt.datetime | None
    is_test: bool
    is_suspended: bool
    opening: Opening


@dataclasses.dataclass(frozen=True, slots=True)
class Billing:
    """What a buyer sees beside an installed app: the kept price and the next renewal."""

    price: Price | None
    renewal: Money | None
    renews_at: dt.datetime | None
    ends_at: dt.datetime | None
    is_past_due: bool
    open_order: Order | None
    may_upgrade: bool


@dataclasses.dataclass(frozen=True, slots=True)
class BilledApp:
    """An installed app with its billing."""

    installed: InstalledApp
    billing: Billing


@dataclasses.dataclass(frozen=True, slots=True)
class RunningCost:
    """What all apps of a site cost together, for each way of paying."""

    amount: Money
    recurrency: str


def installed_app(
    installation: Installation, subscription: Subscription, language: str, now: dt.datetime
) -> InstalledApp:
    """Return the price-free view of one installed app."""
    ends_at = subscription.trial_ends_at
    days_left = None
    if ends_at is not None:
        zone = installation.organization.time_zone
        days_left = max((local_date(ends_at, zone) - local_date(now, zone)).days, 0)
    return InstalledApp(
        app=app_words(installation.app, language),
        plan=plan_words(subscription.plan, language),
        is_trial=subscription.plan.plan_type == Plan.PlanType.TRIAL,
        trial_days_left=days_left,
        trial_ends_at=ends_at,
        is_test=installation.mode == Mode.TEST,
        is_suspended=installation.app.status == App.Status.SUSPENDED,
        opening=opening_of(installation.app),
    )


def client_apps(site: Site, language: str, now: dt.datetime) -> tuple[InstalledApp, ...]:
    """Return the site's apps that its clients may see, by name."""
    return tuple(
        installed_app(row, row.subscription, language, now)
        for row in installations_on(site)
        if row.app.visible_to_clients
    )


def billed_apps(rights: SiteRights, language: str, now: dt.datetime) -> tuple[BilledApp, ...]:
    """Return the site's apps with prices, renewals and orders under way, by name."""
    site = rights.site
    rows = list(installations_on(site))
    orders = {
        order.installation_id: order
        for order in Order.objects.filter(installation__in=rows, status__in=Order.OPEN)
    }
    tops = _highest_grades(row.app_id for row in rows)
    return tuple(
        BilledApp(
            installed=installed_app(row, row.subscription, language, now),
            billing=billing_of(
                row.subscription,
                open_order=orders.get(row.pk),
                may_upgrade=row.app.is_on_sale
                and row.pk not in orders
                and may_change(row, rights)
                and tops.get(row.app_id, row.subscription.plan.grade) > row.subscription.plan.grade,
            ),
        )
        for row in rows
    )


def may_change(installation: Installation, rights: SiteRights) -> bool:
    """Whether the reader may change its plan: staff change test installs, the agency its own."""
    return rights.is_marketplace_staff == (installation.mode == Mode.TEST)


def billing_of(
    subscription: Subscription, *, open_order: Order | None, may_upgrade: bool
) -> Billing:
    """Return what a buyer sees of a subscription's terms."""
    price = subscription.price
    renewal = None
    if price is not None and price.amount is not None:
        count = subscription.quantity * subscription.units
        renewal = Money(price.amount * count, price.currency)
    return Billing(
        price=price,
        renewal=renewal,
        renews_at=None if subscription.cancels_at else subscription.period_ends_at,
        ends_at=subscription.cancels_at,
        is_past_due=subscription.status == Subscription.Status.PAST_DUE,
        open_order=open_order,
        may_upgrade=may_upgrade,
    )


def installs_under_way(site: Site) -> list[Order]:
    """Return the open orders that install an app on ``site`` for the first time."""
    return list(
        Order.objects.filter(
            installation__site=site, status__in=Order.OPEN, kind=Order.Kind.INSTALL
        )
        .select_related("app__vendor")
        .prefetch_related("app__profiles")
        .order_by("placed_at")
    )


def running_costs(apps: Iterable[BilledApp]) -> tuple[RunningCost, ...]:
    """Return the sum of all renewals, monthly ones before yearly ones."""
    sums: dict[str, Money] = {}
    for each in apps:
        billing = each.billing
        if billing.renewal is None or billing.price is None or each.installed.is_test:
            continue
        recurrency = billing.price.recurrency
        known = sums.get(recurrency, Money(0, billing.renewal.currency))
        sums[recurrency] = known + billing.renewal
    order = (Price.Recurrency.MONTHLY, Price.Recurrency.YEARLY)
    return tuple(RunningCost(sums[each], each) for each in order if each in sums)


def _highest_grades(app_ids: Iterable[int]) -> dict[int, int]:
    """Return the highest grade that each app sells in the open, in one query."""
    plans = Plan.objects.filter(
        app__in=set(app_ids), retired_at__isnull=True, is_hidden=False
    ).values_list("app_id", "grade")
    highest: dict[int, int] = {}
    for app_id, grade in plans:
        highest[app_id] = max(grade, highest.get(app_id, grade))
    return highest

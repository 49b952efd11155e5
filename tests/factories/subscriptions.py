import datetime as dt
from typing import Any

import factory
from factory.django import DjangoModelFactory

from apps.accounts.holders import HolderKind
from apps.catalog.models import Plan, Price
from apps.core.clock import start_of_day
from apps.core.modes import Mode
from apps.entitlements.models import Entitlement
from apps.orders.proration import full_period
from apps.orders.quoting import MONTHS
from apps.subscriptions.models import Installation, Period, Subscription
from tests.factories.accounts import SiteFactory
from tests.factories.catalog import AppFactory, PlanFactory
from tests.factories.entitlements import EntitlementFactory

STARTED_ON = dt.date(2026, 11, 1)


class InstallationFactory(DjangoModelFactory[Installation]):
    """An app that is active on a site, without a subscription (see SubscriptionFactory)."""

    app = factory.SubFactory(AppFactory)
    site = factory.SubFactory(SiteFactory)
    organization = factory.SelfAttribute("site.organization")
    scope = HolderKind.SITE
    status = Installation.Status.ACTIVE
    created_at = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
    installed_at = factory.SelfAttribute("created_at")

    class Meta:
        model = Installation

    class Params:
        pending = factory.Trait(status=Installation.Status.PENDING, installed_at=None)
        failed = factory.Trait(status=Installation.Status.FAILED, installed_at=None)
        removed = factory.Trait(
            status=Installation.Status.REMOVED, removed_at=dt.datetime(2026, 11, 9, tzinfo=dt.UTC)
        )
        test = factory.Trait(mode=Mode.TEST)


class SubscriptionFactory(DjangoModelFactory[Subscription]):
    """A site that has a plan: installation, subscription, entitlement and, if paid, its period.

    ``SubscriptionFactory(plan=growth, site=site, started_on=date)`` is paid at the plan's newest
    monthly price (``recurrency="YEARLY"`` for the other) if it has one, and free otherwise.
    """

    plan = factory.SubFactory(PlanFactory)
    site = factory.SubFactory(SiteFactory)
    app = factory.SelfAttribute("plan.app")
    organization = factory.SelfAttribute("site.organization")
    scope = HolderKind.SITE
    installation = factory.SubFactory(
        InstallationFactory,
        app=factory.SelfAttribute("..app"),
        site=factory.SelfAttribute("..site"),
        mode=factory.SelfAttribute("..mode"),
        created_at=factory.SelfAttribute("..started_at"),
    )
    price = factory.LazyAttribute(lambda row: _newest_price(row.plan, row.recurrency))
    status = factory.LazyAttribute(
        lambda row: (
            Subscription.Status.TRIALING
            if row.plan.plan_type == Plan.PlanType.TRIAL
            else Subscription.Status.ACTIVE
        )
    )
    mode = Mode.LIVE
    started_at = factory.LazyAttribute(
        lambda row: start_of_day(row.started_on, row.organization.time_zone)
    )
    anchor_on = factory.LazyAttribute(lambda row: row.started_on if row.price else None)
    period_started_at = factory.LazyAttribute(lambda row: row.started_at if row.price else None)
    period_ends_at = factory.LazyAttribute(
        lambda row: (
            start_of_day(_first_period(row).ends_on, row.organization.time_zone)
            if row.price
            else None
        )
    )

    class Meta:
        model = Subscription
        skip_postgeneration_save = True

    class Params:
        started_on = STARTED_ON
        recurrency = Price.Recurrency.MONTHLY
        test = factory.Trait(mode=Mode.TEST)
        past_due = factory.Trait(status=Subscription.Status.PAST_DUE)

    @factory.post_generation
    def with_period(self: Subscription, create: bool, extracted: bool | None, **_: Any) -> None:
        if self.price is not None and extracted is not False:
            PeriodFactory(subscription=self)

    @factory.post_generation
    def with_entitlement(
        self: Subscription, create: bool, extracted: bool | None, **_: Any
    ) -> None:
        if extracted is not False:
            self.entitlement = EntitlementFactory(
                sku=self.plan.sku,
                site=self.site,
                mode=self.mode,
                source=Entitlement.Source.PLAN,
                source_id=str(self.public_id),
                starts_at=self.started_at,
                ends_at=self.period_ends_at,
            )
            self.save(update_fields=["entitlement"])


class PeriodFactory(DjangoModelFactory[Period]):
    """The first paid period of a subscription."""

    subscription = factory.SubFactory(SubscriptionFactory, plan__monthly=4900, with_period=False)
    number = 1
    price = factory.SelfAttribute("subscription.price")
    starts_on = factory.LazyAttribute(lambda row: _period_of(row.subscription).starts_on)
    ends_on = factory.LazyAttribute(lambda row: _period_of(row.subscription).ends_on)
    starts_at = factory.SelfAttribute("subscription.period_started_at")
    ends_at = factory.SelfAttribute("subscription.period_ends_at")
    amount = factory.SelfAttribute("price.amount")
    currency = factory.SelfAttribute("price.currency")
    state = Period.State.PAID

    class Meta:
        model = Period


def _newest_price(plan: Plan, recurrency: str) -> Price | None:
    return plan.sku.prices.filter(recurrency=recurrency).order_by("-starts_at").first()


def _first_period(row: Any) -> Any:
    return full_period(row.started_on, MONTHS[row.price.recurrency])


def _period_of(subscription: Subscription) -> Any:
    assert subscription.price is not None
    assert subscription.anchor_on is not None
    return full_period(subscription.anchor_on, MONTHS[subscription.price.recurrency])

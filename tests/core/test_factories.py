"""The factories make rows that the database's own rules accept, traits included."""

import datetime as dt

import pytest
from django.db import connection

from apps.accounts.access import buying_organizations, sites_for
from apps.accounts.models import Organization
from apps.catalog.selectors import plan_text, price_in_force
from apps.entitlements.models import Entitlement
from apps.subscriptions.models import Period, Subscription
from apps.subscriptions.selectors import current_period, live_subscription
from tests import factories
from tests.factories.webhooks import EventStreamFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", factories.__all__)
def test_every_factory_makes_a_row_by_itself_and_a_second_one(name: str) -> None:
    factory = getattr(factories, name)
    first, second = factory(), factory()
    assert first.pk != second.pk
    connection.check_constraints()


@pytest.mark.parametrize(
    ("name", "trait"),
    [
        (name, trait)
        for name in factories.__all__
        for trait, kind in getattr(factories, name)._meta.parameters.items()
        if type(kind).__name__ == "Trait"
    ],
)
def test_every_trait_makes_a_row(name: str, trait: str) -> None:
    assert getattr(factories, name)(**{trait: True}).pk
    connection.check_constraints()


def test_a_person_has_one_personal_organization() -> None:
    user = factories.UserFactory(staff=True)
    assert user.is_staff
    assert Organization.objects.get(owner=user).kind == Organization.Kind.PERSONAL


def test_an_owner_buys_and_a_client_sees_the_named_site_alone() -> None:
    organization = factories.OrganizationFactory()
    mine, _other = factories.SiteFactory.create_batch(2, organization=organization)
    client = factories.MembershipFactory(client=True, organization=organization, sites=[mine])
    assert list(sites_for(client.user)) == [mine]
    assert organization in buying_organizations(organization.owner)
    assert organization not in buying_organizations(client.user)


def test_a_plan_has_its_name_its_prices_and_the_next_grade() -> None:
    app = factories.AppFactory()
    free = factories.PlanFactory(app=app, default=True)
    growth = factories.PlanFactory(app=app, name="Growth", monthly=4900, yearly=49000)
    assert (free.grade, growth.grade) == (0, 1)
    assert plan_text(growth, "de").name == "Growth"
    now = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    monthly = price_in_force(growth.sku, "EUR", "MONTHLY", now)
    yearly = price_in_force(growth.sku, "EUR", "YEARLY", now)
    assert monthly is not None
    assert yearly is not None
    assert (monthly.amount, yearly.amount) == (4900, 49000)


def test_a_paid_subscription_is_whole() -> None:
    growth = factories.PlanFactory(monthly=4900)
    site = factories.SiteFactory()
    subscription = factories.SubscriptionFactory(
        plan=growth, site=site, started_on=dt.date(2026, 1, 31)
    )
    assert live_subscription(growth.app, site) == subscription
    period = current_period(subscription)
    assert period is not None
    assert (period.starts_on, period.ends_on) == (dt.date(2026, 1, 31), dt.date(2026, 2, 28))
    assert period.amount == 4900
    assert subscription.period_ends_at == dt.datetime(2026, 2, 27, 23, tzinfo=dt.UTC)
    assert list(Entitlement.objects.in_force(period.starts_at)) == [subscription.entitlement]


def test_a_free_subscription_has_no_period() -> None:
    subscription = factories.SubscriptionFactory(plan__trial=True)
    assert subscription.status == Subscription.Status.TRIALING
    assert not Period.objects.exists()


def test_events_of_one_stream_count_up() -> None:
    stream = EventStreamFactory()
    assert [factories.EventFactory(stream=stream).sequence for _ in range(2)] == [1, 2]


def test_an_app_gets_addresses_below_the_one_that_is_named() -> None:
    app = factories.AppFactory(endpoints="http://127.0.0.1:9000/bookwell")
    app.refresh_from_db()
    assert app.change_url == "http://127.0.0.1:9000/bookwell/change"

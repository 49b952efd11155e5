"""Rows for tests, a module per domain. Each default is the plainest row that could really exist.

Traits name the variants (``UserFactory(staff=True)``, ``PlanFactory(hidden=True)``). What a test
is about it says itself; everything else it leaves to the factory.
"""

from tests.factories.accounts import (
    MembershipFactory,
    OrganizationFactory,
    SiteFactory,
    UserFactory,
)
from tests.factories.catalog import (
    AppFactory,
    AppProfileFactory,
    PlanFactory,
    PlanProfileFactory,
    PriceFactory,
    ProgramFactory,
    SkuFactory,
)
from tests.factories.entitlements import EntitlementFactory
from tests.factories.orders import OrderFactory, QuoteFactory
from tests.factories.payments import PaymentFactory, PaymentMethodFactory
from tests.factories.subscriptions import (
    InstallationFactory,
    PeriodFactory,
    SubscriptionFactory,
)
from tests.factories.webhooks import AskFactory, EndpointFactory, EventFactory

__all__ = [
    "AppFactory",
    "AppProfileFactory",
    "AskFactory",
    "EndpointFactory",
    "EntitlementFactory",
    "EventFactory",
    "InstallationFactory",
    "MembershipFactory",
    "OrderFactory",
    "OrganizationFactory",
    "PaymentFactory",
    "PaymentMethodFactory",
    "PeriodFactory",
    "PlanFactory",
    "PlanProfileFactory",
    "PriceFactory",
    "ProgramFactory",
    "QuoteFactory",
    "SiteFactory",
    "SkuFactory",
    "SubscriptionFactory",
    "UserFactory",
]

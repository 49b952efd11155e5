import datetime as dt

import factory
from factory.django import DjangoModelFactory

from apps.entitlements.models import Entitlement
from tests.factories.accounts import SiteFactory
from tests.factories.catalog import PlanFactory


class EntitlementFactory(DjangoModelFactory[Entitlement]):
    """A site's right to use a plan, without an end."""

    sku = factory.LazyFunction(lambda: PlanFactory().sku)
    app = factory.SelfAttribute("sku.app")
    site = factory.SubFactory(SiteFactory)
    source = Entitlement.Source.PLAN
    starts_at = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)

    class Meta:
        model = Entitlement

    class Params:
        ended = factory.Trait(ended_at=dt.datetime(2026, 11, 2, tzinfo=dt.UTC))
        revoked = factory.Trait(revoked_at=dt.datetime(2026, 11, 2, tzinfo=dt.UTC))
        test = factory.Trait(source=Entitlement.Source.TEST, is_test=True, starts_at=None)

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from apps.core.modes import Mode
from apps.orders.models import Order, Quote
from tests.factories.accounts import SiteFactory
from tests.factories.catalog import PlanFactory
from tests.factories.subscriptions import InstallationFactory

MADE_AT = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


class QuoteFactory(DjangoModelFactory[Quote]):
    """A quote for installing a plan that costs nothing.

    For quotes with lines that add up call ``orders.services.make_quote``, as pages do: what a
    quote costs is worked out there, not here.
    """

    plan = factory.SubFactory(PlanFactory, free=True)
    app = factory.SelfAttribute("plan.app")
    site = factory.SubFactory(SiteFactory)
    organization = factory.SelfAttribute("site.organization")
    currency = factory.SelfAttribute("organization.currency")
    actor = factory.SelfAttribute("organization.owner")
    mode = Mode.LIVE
    total = 0
    made_at = MADE_AT
    expires_at = factory.LazyAttribute(lambda quote: quote.made_at + dt.timedelta(minutes=30))

    class Meta:
        model = Quote


class OrderFactory(DjangoModelFactory[Order]):
    """An order as it stands right after it was placed, with its pending installation.

    Nothing of what the saga writes on the way is there: to have an order somewhere else, place
    one with ``orders.services.place_order`` and drive it.
    """

    quote = factory.SubFactory(QuoteFactory)
    kind = Order.Kind.INSTALL
    app = factory.SelfAttribute("quote.app")
    organization = factory.SelfAttribute("quote.organization")
    installation = factory.SubFactory(
        InstallationFactory,
        pending=True,
        app=factory.SelfAttribute("..app"),
        site=factory.SelfAttribute("..quote.site"),
        mode=factory.SelfAttribute("..mode"),
        created_at=factory.SelfAttribute("..placed_at"),
    )
    actor = factory.SelfAttribute("quote.actor")
    mode = factory.SelfAttribute("quote.mode")
    total = factory.SelfAttribute("quote.total")
    currency = factory.SelfAttribute("quote.currency")
    placed_at = factory.LazyAttribute(lambda order: order.quote.made_at)
    give_up_at = factory.LazyAttribute(lambda order: order.placed_at + dt.timedelta(hours=2))

    class Meta:
        model = Order

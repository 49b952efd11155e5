"""A small market for tests: an app with three plans, an agency with a site and a card."""

import dataclasses
import datetime as dt
from typing import Any

from apps.accounts.models import Organization, Site, User
from apps.catalog.models import App, Plan, Program
from apps.orders.engine import advance
from apps.orders.models import Order, Quote
from apps.orders.services import make_quote, place_order
from apps.payments.models import PaymentMethod
from apps.payments.services import add_card
from tests.factories import AppFactory, OrganizationFactory, PlanFactory, SiteFactory
from tests.factories.catalog import ProgramFactory
from tests.fakes.vendor_app import VendorApp

NOON = dt.datetime(2026, 11, 20, 11, 0, tzinfo=dt.UTC)


@dataclasses.dataclass
class FrozenClock:
    """A clock that stands still until a test moves it."""

    now: dt.datetime = NOON

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += dt.timedelta(**span)


@dataclasses.dataclass
class Market:
    """All that an order needs, and the short ways to one."""

    vendor_app: VendorApp
    clock: FrozenClock
    program: Program
    app: App
    free: Plan
    starter: Plan
    growth: Plan
    agency: Organization
    buyer: User
    site: Site
    card: PaymentMethod

    def quote(self, plan: Plan, **more: Any) -> Quote:
        return make_quote(
            actor=self.buyer, now=self.clock(), app=self.app, site=self.site, plan=plan, **more
        )

    def place(self, plan: Plan, card: PaymentMethod | None = None, **more: Any) -> Order:
        return place_order(
            actor=self.buyer,
            now=self.clock(),
            quote=self.quote(plan, **more),
            payment_method=card or self.card,
        )

    def run(self, order: Order) -> Order:
        """Take every step of the order that is due at the clock's time."""
        advance(order.pk, self.clock)
        order.refresh_from_db()
        return order

    def wait(self, order: Order, **span: float) -> Order:
        """Let time pass, then take what is due."""
        self.clock.forward(**span)
        return self.run(order)

    def settle(self, order: Order) -> Order:
        """Go from one due time to the next until the order has ended or is parked."""
        for _ in range(50):
            self.run(order)
            if not order.is_open or order.parked_at is not None:
                return order
            assert order.next_attempt_at is not None
            self.clock.now = max(self.clock.now, order.next_attempt_at)
        raise AssertionError(f"{order.status} has no end")

    def buy(self, plan: Plan, **more: Any) -> Order:
        order = self.run(self.place(plan, **more))
        assert order.status == Order.Status.COMPLETED, (order.status, order.parked_why)
        return order

    def card_that(self, number: str) -> PaymentMethod:
        return add_card(
            actor=self.buyer,
            now=self.clock(),
            organization=self.agency,
            number=number,
            expires_month=12,
            expires_year=2030,
        )


def open_market(vendor_app: VendorApp, clock: FrozenClock) -> Market:
    """Write the rows of a market whose app answers at ``vendor_app``."""
    program = ProgramFactory(
        plan_asks="duda", ask_timeout=1, ask_deadline=7200, commission_rate="0.2000"
    )
    app = AppFactory(
        program=program,
        install_url=f"{vendor_app.url}/install",
        change_url=f"{vendor_app.url}/change",
        uninstall_url=f"{vendor_app.url}/uninstall",
    )
    free = PlanFactory(app=app, free=True, grade=0, sku__slug="free")
    starter = PlanFactory(app=app, grade=1, monthly=1900, yearly=19000, sku__slug="starter")
    growth = PlanFactory(app=app, grade=2, monthly=4900, yearly=49000, sku__slug="growth")
    agency = OrganizationFactory()
    card = add_card(
        actor=agency.owner,
        now=clock(),
        organization=agency,
        number="4242 4242 4242 4242",
        expires_month=12,
        expires_year=2030,
    )
    return Market(
        vendor_app=vendor_app,
        clock=clock,
        program=program,
        app=app,
        free=free,
        starter=starter,
        growth=growth,
        agency=agency,
        buyer=agency.owner,
        site=SiteFactory(organization=agency),
        card=card,
    )

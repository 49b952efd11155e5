"""An agency with a site, its people, and an app with plans: what pages are tried on."""

import dataclasses
import datetime as dt
import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from apps.accounts.models import Organization, Site, User
from apps.catalog.models import App, Plan
from apps.core.clock import current_time
from apps.orders.engine import advance
from apps.orders.models import Order, Quote
from apps.orders.services import make_quote, place_order
from apps.payments.models import PaymentMethod
from apps.payments.services import add_card
from tests.factories import (
    AppFactory,
    AppProfileFactory,
    MembershipFactory,
    OrganizationFactory,
    PlanFactory,
    PlanProfileFactory,
    ProgramFactory,
    SiteFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.fakes.vendor_app import VendorApp, running_vendor_app

#: Friday noon in Berlin; a plan bought on 1 November has ten of its thirty days left.
NOON = dt.datetime(2026, 11, 20, 11, 0, tzinfo=dt.UTC)


@dataclasses.dataclass
class World:
    """Everybody and everything that a page test needs."""

    app: App
    starter: Plan
    growth: Plan
    hidden: Plan
    agency: Organization
    owner: User
    colleague: User
    client: User
    stranger: User
    staff: User
    site: Site
    card: PaymentMethod

    def browser(self, user: User | None) -> Client:
        """Return a browser that is signed in as ``user``."""
        browser = Client()
        if user is not None:
            browser.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
        return browser

    def quote(self, plan: Plan, **more: Any) -> Quote:
        return make_quote(
            actor=self.owner,
            now=current_time(),
            app=self.app,
            site=self.site,
            plan=plan,
            **more,
        )

    def order(self, plan: Plan, card: PaymentMethod | None = None) -> Order:
        """Place an order; nothing has happened to it yet."""
        return place_order(
            actor=self.owner,
            now=current_time(),
            quote=self.quote(plan),
            payment_method=card or self.card,
        )

    def run(self, order: Order) -> Order:
        """Take every step of the order that is due."""
        advance(order.pk, current_time)
        order.refresh_from_db()
        return order

    def subscribe(self, plan: Plan | None = None, **more: Any) -> None:
        """Put the app on the site, on Starter since 1 November."""
        SubscriptionFactory(plan=plan or self.starter, site=self.site, **more)

    def add_card(self, number: str) -> PaymentMethod:
        return add_card(
            actor=self.owner,
            now=current_time(),
            organization=self.agency,
            number=number,
            expires_month=12,
            expires_year=2030,
        )


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def vendor_app(settings: Any) -> Iterator[VendorApp]:
    """The app's server. It says yes to everything unless told otherwise."""
    with running_vendor_app() as app:
        settings.OUTBOUND_ALLOWED_ORIGINS = [app.url]
        yield app


@pytest.fixture
def world(db: None) -> World:
    """The world without an app server: nobody is asked, so each order goes through at once."""
    agency = OrganizationFactory(
        name="Northlight Studio",
        contact_name="Mia Keller",
        contact_email="mia@northlight.example",
        contact_phone="+31 20 555 0142",
    )
    site = SiteFactory(organization=agency, site_name="harbor", label="Harbor Dental")
    app = AppFactory(
        name="Bookwell",
        program=ProgramFactory(not_asked=True),
        vendor__name="Fernhill Software",
        vendor__contact_email="help@bookwell.example",
    )
    AppProfileFactory(app=app, short_description="Clients book without leaving the site.")
    starter = PlanFactory(app=app, name="Starter", monthly=1900, yearly=19000)
    growth = PlanFactory(app=app, name="Growth", monthly=4900, yearly=49000)
    hidden = PlanFactory(app=app, name="Partner", monthly=39900, hidden=True)
    PlanProfileFactory(plan=growth, language="de", name="Wachstum", subtitle="Für Teams")
    client = UserFactory(name="Liam Orr")
    MembershipFactory(user=client, organization=agency, client=True, sites=[site])
    return World(
        app=app,
        starter=starter,
        growth=growth,
        hidden=hidden,
        agency=agency,
        owner=agency.owner,
        colleague=MembershipFactory(organization=agency).user,
        client=client,
        stranger=OrganizationFactory().owner,
        staff=UserFactory(staff=True),
        site=site,
        card=add_card(
            actor=agency.owner,
            now=current_time(),
            organization=agency,
            number="4242 4242 4242 4242",
            expires_month=8,
            expires_year=2028,
        ),
    )


@pytest.fixture
def asked_world(world: World, vendor_app: VendorApp) -> World:
    """The world with an app that is asked."""
    world.app.program.plan_asks = "duda"
    world.app.program.ask_timeout = 1
    world.app.program.save()
    for name in ("install", "change", "uninstall"):
        setattr(world.app, f"{name}_url", f"{vendor_app.url}/{name}")
    world.app.save()
    return world


def text_of(response: HttpResponse) -> str:
    """Return what a person reads of a page: no tags, single spaces, characters for entities."""
    source = response.content.decode()
    body = re.sub(r"(?s)<head>.*?</head>|<script.*?</script>", " ", source)
    body = re.sub(r"</?(bdi|time|strong|b|code)\b[^>]*>", "", body)
    return " ".join(html.unescape(re.sub(r"(?s)<[^>]+>", " ", body)).split())

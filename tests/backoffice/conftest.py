"""A market with history, and people who open the admin."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.accounts.services import issue_token
from apps.catalog.services import issue_basic_credential
from apps.core.clock import current_time
from apps.orders.models import Order
from tests.factories import EndpointFactory, MembershipFactory, UserFactory
from tests.fakes.market import FrozenClock, Market, open_market
from tests.fakes.vendor_app import Reply, VendorApp, running_vendor_app


@pytest.fixture
def vendor_app() -> Iterator[VendorApp]:
    with running_vendor_app() as app:
        yield app


@pytest.fixture
def market(db: None, vendor_app: VendorApp, settings: Any) -> Market:
    settings.OUTBOUND_ALLOWED_ORIGINS = [vendor_app.url]
    # The admin reads the real clock: the market must not be hours behind it.
    return open_market(vendor_app, FrozenClock(current_time()))


@pytest.fixture
def superuser(db: None) -> User:
    return UserFactory(superuser=True, name="Ines Rocha")


@pytest.fixture
def staff_client(superuser: User) -> Client:
    client = Client()
    client.force_login(superuser)
    return client


@pytest.fixture
def history(market: Market) -> list[Order]:
    """An install, an upgrade that went through, and one that the app refused."""
    EndpointFactory(app=market.app)
    issue_basic_credential(app=market.app)
    issue_token(user=market.buyer, organization=market.agency, name="nightly import")
    MembershipFactory(organization=market.agency, client=True, sites=[market.site])
    installed = market.buy(market.starter)
    market.vendor_app.answer("/change", Reply(403, "This account is linked elsewhere."))
    refused = market.settle(market.place(market.growth))
    market.clock.forward(seconds=1)
    upgraded = market.buy(market.growth)
    return [installed, refused, upgraded]

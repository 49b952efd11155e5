"""A market on a database with real transactions, for tests that use several connections."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.market import FrozenClock, Market, open_market
from tests.fakes.vendor_app import VendorApp, running_vendor_app


@pytest.fixture
def vendor_app() -> Iterator[VendorApp]:
    with running_vendor_app() as app:
        yield app


@pytest.fixture
def market(transactional_db: None, vendor_app: VendorApp, settings: Any) -> Market:
    settings.OUTBOUND_ALLOWED_ORIGINS = [vendor_app.url]
    return open_market(vendor_app, FrozenClock())

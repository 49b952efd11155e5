from collections.abc import Iterator

import pytest

from tests.fakes.vendor_app import VendorApp, running_vendor_app


@pytest.fixture
def vendor_app() -> Iterator[VendorApp]:
    with running_vendor_app() as app:
        yield app

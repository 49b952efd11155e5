"""A ledger account belongs to its organization for ever, whatever becomes of names."""

import pytest

from apps.ledger.models import Account
from apps.ledger.services import open_account
from tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db


def test_a_short_name_that_is_given_away_does_not_take_the_account_along() -> None:
    facts = {"kind": Account.Kind.VENDOR_PAYABLE, "book": "LIVE", "currency": "EUR"}
    first = OrganizationFactory(slug="fernhill", is_vendor=True)
    account = open_account(**facts, organization=first)
    first.slug = "renamed"
    first.save()
    second = OrganizationFactory(slug="fernhill", is_vendor=True)

    assert open_account(**facts, organization=second) != account
    assert open_account(**facts, organization=first) == account

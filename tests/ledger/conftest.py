"""A vendor's app, its buyer, and the shortest way to book a sale between them."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from apps.accounts.models import Organization
from apps.catalog.models import App
from apps.core.modes import Mode
from apps.ledger.models import Transaction
from apps.ledger.selectors import entries_of
from apps.ledger.services import Sale, SaleLine, post_sale
from tests.factories import AppFactory, OrganizationFactory

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
A_FIFTH = Decimal("0.2000")


@dataclasses.dataclass(frozen=True)
class Books:
    """Books sales of one app to one organization."""

    app: App
    buyer: Organization

    def sell(
        self, *amounts: int, rate: Decimal = A_FIFTH, rates: Sequence[Decimal] = (), **facts: Any
    ) -> Transaction | None:
        """Book ``amounts``, one line each; what ``facts`` leaves out is charged in one piece."""
        lines = [
            SaleLine(amount, f"Line {number}", each)
            for number, (amount, each) in enumerate(
                zip(amounts, rates or [rate] * len(amounts), strict=True), start=1
            )
        ]
        plain = {
            "reference": "1001",
            "mode": Mode.LIVE,
            "app": self.app,
            "organization": self.buyer,
            "vendor": self.app.vendor,
            "gateway": "sandbox",
            "currency": "EUR",
            "charged": sum(amounts),
            "balance_used": 0,
            "balance_kept": 0,
            "lines": lines,
            "commission_rate": rate,
            "occurred_at": NOON,
        }
        return post_sale(Sale(**plain | facts))

    def entries(self, reference: str = "1001") -> list[tuple[str, int, str]]:
        """What is booked for ``reference``: kind of account, amount, what for."""
        return [(row.account.kind, row.amount, row.memo) for row in entries_of(reference)]


@pytest.fixture
def books(db: None) -> Books:
    return Books(app=AppFactory(), buyer=OrganizationFactory())

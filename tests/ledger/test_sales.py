"""What a sale is booked as, redone on paper: cash and credit in, vendor's share and ours out."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from django.db import IntegrityError
from django.db import transaction as database

from apps.core.modes import Mode
from apps.ledger.models import Account, Entry, Transaction
from apps.ledger.selectors import balance, buyer_credit
from apps.ledger.services import commission_on
from tests.factories import OrganizationFactory
from tests.ledger.conftest import NOON, Books

CASH, CREDIT = Account.Kind.CASH.value, Account.Kind.BUYER_CREDIT.value
PAYABLE, COMMISSION = Account.Kind.VENDOR_PAYABLE.value, Account.Kind.COMMISSION.value


def test_a_plan_at_49_euros_is_39_20_for_the_vendor_and_9_80_for_us(books: Books) -> None:
    row = books.sell(4900)

    assert books.entries() == [
        (CASH, 4900, "Charged"),
        (PAYABLE, -3920, "Line 1"),
        (COMMISSION, -980, "Line 1"),
    ]
    assert row is not None
    assert (row.kind, row.book, row.is_sealed) == ("SALE", "LIVE", True)
    assert (row.app, row.occurred_at) == (books.app, NOON)


def test_an_upgrade_in_mid_month_takes_back_unused_days_from_both(books: Books) -> None:
    # 99.00 for the new month, less 20 of 30 unused days of 49.00: 32.67. To pay: 66.33.
    books.sell(9900, -3267)

    assert books.entries() == [
        (CASH, 6633, "Charged"),
        (PAYABLE, -7920, "Line 1"),
        (COMMISSION, -1980, "Line 1"),
        (PAYABLE, 2614, "Line 2"),
        (COMMISSION, 653, "Line 2"),
    ]


def test_what_is_taken_back_is_taken_at_the_rate_of_its_time(books: Books) -> None:
    books.sell(10_000, -5000, rates=[Decimal("0.1000"), Decimal("0.3000")])

    assert books.entries() == [
        (CASH, 5000, "Charged"),
        (PAYABLE, -9000, "Line 1"),
        (COMMISSION, -1000, "Line 1"),
        (PAYABLE, 3500, "Line 2"),
        (COMMISSION, 1500, "Line 2"),
    ]


def test_credit_that_is_left_over_is_kept_and_used_at_the_next_sale(books: Books) -> None:
    # 49.00 against 60.00 unused: nothing to pay, 11.00 stay with the buyer.
    books.sell(4900, -6000, charged=0, balance_kept=1100)
    assert (CREDIT, -1100, "Credit kept for later") in books.entries()
    assert buyer_credit(books.buyer, "EUR", "LIVE") == 1100

    books.sell(4900, reference="1002", charged=3800, balance_used=1100)
    assert books.entries("1002")[:2] == [
        (CASH, 3800, "Charged"),
        (CREDIT, 1100, "Credit from before"),
    ]
    assert buyer_credit(books.buyer, "EUR", "LIVE") == 0


def test_credit_is_each_buyers_own_by_currency_and_book(books: Books) -> None:
    books.sell(4900, -6000, charged=0, balance_kept=1100)

    assert buyer_credit(OrganizationFactory(), "EUR", "LIVE") == 0
    assert buyer_credit(books.buyer, "USD", "LIVE") == 0
    assert buyer_credit(books.buyer, "EUR", "SANDBOX") == 0


def test_without_a_commission_the_vendor_gets_all(books: Books) -> None:
    books.sell(4900, rate=Decimal(0))
    assert books.entries() == [(CASH, 4900, "Charged"), (PAYABLE, -4900, "Line 1")]


def test_nothing_sold_is_nothing_booked(books: Books) -> None:
    assert books.sell() is None
    assert not Transaction.objects.exists()


@pytest.mark.parametrize(
    ("mode", "book"), [(Mode.LIVE, "LIVE"), (Mode.SANDBOX, "SANDBOX"), (Mode.TEST, "SANDBOX")]
)
def test_play_money_is_booked_apart(mode: Mode, book: str, books: Books) -> None:
    row = books.sell(4900, mode=mode)
    assert row is not None
    assert row.book == book
    assert set(Account.objects.values_list("book", flat=True)) == {book}


def test_an_order_is_booked_once(books: Books) -> None:
    books.sell(4900)
    with pytest.raises(IntegrityError), database.atomic():
        books.sell(4900)
    assert Entry.objects.count() == 3


def test_what_does_not_add_up_is_not_booked(books: Books) -> None:
    with pytest.raises(IntegrityError, match="sum to zero"), database.atomic():
        books.sell(4900, charged=4899)
    assert not Transaction.objects.exists()


def test_accounts_add_up_over_many_sales_to_nothing(books: Books) -> None:
    for number in range(1, 21):
        books.sell(number * 333, -number, reference=str(number))
    balances = {row.kind: balance(row) for row in Account.objects.all()}
    assert len(Account.objects.all()) == len(balances) == 3
    assert sum(balances.values()) == 0
    assert balances[CASH] == sum(number * 332 for number in range(1, 21))


# --- Commission ---------------------------------------------------------------------------

RATES = [Decimal(text) for text in ("0", "0.0001", "0.05", "0.125", "0.2", "0.3333", "0.5", "1")]


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_commission_is_the_exact_share_rounded_once_half_to_even(rate: Decimal) -> None:
    for amount in (*range(-1500, 1501), 10**15 + 1, 2**53 + 1):
        exact = (amount * rate).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
        assert commission_on(amount, rate) == exact, amount


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_commission_lies_within_the_amount_and_turns_with_its_sign(rate: Decimal) -> None:
    for amount in range(1500):
        commission = commission_on(amount, rate)
        assert 0 <= commission <= amount
        # What is sold and taken back again leaves nothing on either side.
        assert commission_on(-amount, rate) == -commission


@pytest.mark.parametrize(("amount", "commission"), [(5, 2), (15, 8), (25, 12), (-5, -2), (1, 0)])
def test_halves_go_to_the_even_side(amount: int, commission: int) -> None:
    assert commission_on(amount, Decimal("0.5")) == commission

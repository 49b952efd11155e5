"""The database itself refuses what would falsify the ledger, on SQLite and PostgreSQL alike.

Which of the two a run asks is up to ``TEST_DATABASE_URL``; both are asked in CI.
"""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import IntegrityError, connection
from django.db import transaction as database
from django.db.models import F
from django.utils import timezone

from apps.ledger import protection
from apps.ledger.models import Account, Entry, Transaction
from apps.ledger.services import Posting, open_account, post
from tests.ledger.conftest import A_FIFTH, NOON, Books

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(books: Books) -> Transaction:
    row = books.sell(4900)
    assert row is not None
    return row


@pytest.fixture
def open_row(books: Books) -> Transaction:
    return Transaction.objects.create(
        kind=Transaction.Kind.SALE,
        reference="1002",
        book=Account.Book.LIVE,
        app=books.app,
        commission_rate=A_FIFTH,
        occurred_at=NOON,
    )


def cash(currency: str = "EUR") -> Account:
    return open_account(
        kind=Account.Kind.CASH, book=Account.Book.LIVE, currency=currency, gateway="sandbox"
    )


def write(row: Transaction, amount: int, currency: str = "EUR") -> Entry:
    return Entry.objects.create(
        transaction=row, account=cash(currency), amount=amount, currency=currency
    )


def seal(row: Transaction) -> None:
    Transaction.objects.filter(pk=row.pk).update(is_sealed=True)


def refused(act: Callable[[], object], why: str) -> None:
    with pytest.raises(IntegrityError, match=why), database.atomic():
        act()


@pytest.mark.parametrize(
    "change",
    [
        {"amount": F("amount") + 1},
        {"memo": "Rewritten"},
        {"currency": "USD"},
        {"account_id": F("account_id") + 1},
        {"transaction_id": F("transaction_id") + 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_entry_is_never_changed(change: dict[str, object], sealed: Transaction) -> None:
    before = list(Entry.objects.order_by("pk").values())
    refused(lambda: Entry.objects.update(**change), "an entry is never changed")
    assert list(Entry.objects.order_by("pk").values()) == before


def test_an_entry_is_not_changed_before_its_transaction_is_sealed_either(
    open_row: Transaction,
) -> None:
    entry = write(open_row, 1)
    refused(lambda: Entry.objects.filter(pk=entry.pk).update(amount=2), "never changed")


def test_an_entry_is_never_deleted(sealed: Transaction) -> None:
    count = Entry.objects.count()
    refused(lambda: Entry.objects.all()._raw_delete("default"), "never (changed or )?deleted")
    assert Entry.objects.count() == count > 0


def test_no_entry_is_added_to_a_sealed_transaction(sealed: Transaction) -> None:
    count = sealed.entries.count()
    refused(lambda: write(sealed, 0), "the transaction is sealed")
    assert sealed.entries.count() == count


@pytest.mark.parametrize(
    "change",
    [
        {"id": F("id") + 1000},
        {"public_id": "0189b2a0-0000-7000-8000-000000000000"},
        {"kind": Transaction.Kind.REFUND},
        {"reference": "another"},
        {"book": Account.Book.SANDBOX},
        {"app": None},
        {"commission_rate": 0},
        {"occurred_at": timezone.now()},
        {"created_at": timezone.now()},
        {"is_sealed": False},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_transaction_changes_once_only_when_it_is_sealed(
    change: dict[str, object], open_row: Transaction
) -> None:
    refused(
        lambda: Transaction.objects.filter(pk=open_row.pk).update(**change),
        "a transaction is never changed",
    )
    write(open_row, 5)
    write(open_row, -5)
    if change != {"is_sealed": False}:
        # Not under cover of the sealing either.
        refused(
            lambda: Transaction.objects.filter(pk=open_row.pk).update(
                **{"is_sealed": True} | change
            ),
            "a transaction is never changed",
        )
    seal(open_row)
    refused(
        lambda: Transaction.objects.filter(pk=open_row.pk).update(**change),
        "a transaction is never changed",
    )


def test_every_column_of_a_transaction_is_frozen() -> None:
    columns = {field.column for field in Transaction._meta.local_fields}
    assert columns == {*protection._FROZEN_COLUMNS, "is_sealed"}


def test_a_transaction_is_sealed_once(sealed: Transaction) -> None:
    refused(lambda: seal(sealed), "a transaction is never changed")


def test_a_transaction_is_never_deleted(open_row: Transaction, sealed: Transaction) -> None:
    for row in (open_row, sealed):
        one = Transaction.objects.filter(pk=row.pk)
        refused(partial(one._raw_delete, "default"), "a transaction is never deleted")
    assert Transaction.objects.count() == 2


def test_a_transaction_without_entries_is_not_sealed(open_row: Transaction) -> None:
    refused(lambda: seal(open_row), "a transaction has entries")
    open_row.refresh_from_db()
    assert not open_row.is_sealed


def test_a_transaction_that_does_not_sum_to_zero_is_not_sealed(open_row: Transaction) -> None:
    write(open_row, 100)
    write(open_row, -99)
    refused(lambda: seal(open_row), "entries must sum to zero")
    write(open_row, -1)
    seal(open_row)


def test_one_currency_does_not_make_up_for_another(open_row: Transaction) -> None:
    write(open_row, 100, "EUR")
    write(open_row, -100, "USD")
    refused(lambda: seal(open_row), "entries must sum to zero")


def test_an_unbalanced_posting_leaves_nothing_behind(books: Books) -> None:
    def post_one_side() -> None:
        post(
            kind=Transaction.Kind.SALE,
            reference="1003",
            book=Account.Book.LIVE,
            app=books.app,
            commission_rate=A_FIFTH,
            occurred_at=NOON,
            postings=[Posting(cash(), 100, "Charged")],
        )

    refused(post_one_side, "entries must sum to zero")
    assert not Transaction.objects.exists()
    assert not Entry.objects.exists()


def test_the_listed_guards_are_those_in_the_database() -> None:
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'ledger%%'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'ledger%%'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [])
        present = {row[0] for row in cursor.fetchall()}
    assert present == protection.trigger_names(connection.vendor)


def test_the_guards_are_taken_away_and_put_back_whole(sealed: Transaction) -> None:
    connection.check_constraints()
    protection.remove(connection)
    with database.atomic():
        Entry.objects.update(memo="Unguarded")
    connection.check_constraints()
    protection.install(connection)
    refused(lambda: Entry.objects.update(memo="Guarded"), "never changed")

"""``check_ledger`` trusts nothing: it finds what a database without guards let through."""

import io
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F

from apps.ledger import protection
from apps.ledger.models import Account, Entry, Transaction
from tests.ledger.conftest import A_FIFTH, NOON, Books

pytestmark = pytest.mark.django_db


def check() -> tuple[int, str]:
    """Run the command and return its exit code with all it said."""
    said = io.StringIO()
    try:
        call_command("check_ledger", stdout=said, stderr=said)
    except CommandError as error:
        return error.returncode, said.getvalue()
    return 0, said.getvalue()


def unguarded(act: Callable[[], object]) -> None:
    """Do to the tables what the guards refuse, then put the guards back."""
    connection.check_constraints()  # PostgreSQL alters no table with checks still to come
    protection.remove(connection)
    act()
    connection.check_constraints()
    protection.install(connection)


def empty_transaction(books: Books, *, is_sealed: bool) -> Transaction:
    return Transaction.objects.create(
        kind=Transaction.Kind.SALE,
        reference="1002",
        book=Account.Book.LIVE,
        app=books.app,
        commission_rate=A_FIFTH,
        occurred_at=NOON,
        is_sealed=is_sealed,
    )


def test_an_empty_ledger_is_right() -> None:
    assert check() == (0, "The ledger adds up: 0 transactions, 0 entries.\n")


def test_a_right_ledger_is_counted(books: Books) -> None:
    books.sell(4900)
    books.sell(4900, -1633, reference="1002")
    assert check() == (0, "The ledger adds up: 2 transactions, 8 entries.\n")


def test_an_amount_that_was_changed_is_found(books: Books) -> None:
    row = books.sell(4900)
    assert row is not None
    entries = Entry.objects.filter(transaction=row, amount__gt=0)
    unguarded(lambda: entries.update(amount=F("amount") + 1))
    code, said = check()
    assert code == 1
    assert said == f"transaction {row.pk} does not sum to zero: 1 EUR\n"


def test_an_entry_that_was_taken_away_is_found(books: Books) -> None:
    row = books.sell(4900)
    assert row is not None
    unguarded(lambda: Entry.objects.filter(amount__gt=0)._raw_delete("default"))
    assert check() == (1, f"transaction {row.pk} does not sum to zero: -4900 EUR\n")


def test_a_transaction_that_was_never_sealed_is_found(books: Books) -> None:
    row = empty_transaction(books, is_sealed=False)
    code, said = check()
    assert code == 1
    assert f"transaction {row.pk} was never sealed" in said
    assert f"transaction {row.pk} has no entries" in said


def test_a_sealed_transaction_without_entries_is_found(books: Books) -> None:
    row = empty_transaction(books, is_sealed=True)
    assert check() == (1, f"transaction {row.pk} has no entries\n")


def test_entries_in_another_book_than_their_account_are_found(books: Books) -> None:
    books.sell(4900)
    unguarded(lambda: Transaction.objects.update(book=Account.Book.SANDBOX))
    code, said = check()
    assert code == 1
    assert said.count("is in another currency or book than its account") == Entry.objects.count()


def test_an_account_that_changed_hands_is_found(books: Books) -> None:
    books.sell(4900)
    account = Account.objects.get(kind=Account.Kind.VENDOR_PAYABLE)
    Account.objects.filter(pk=account.pk).update(organization=books.buyer)
    assert check() == (
        1,
        f"account {account.pk} is not of the organization that its code names\n",
    )


@pytest.mark.parametrize("name", sorted(protection.trigger_names(connection.vendor)))
def test_a_missing_guard_is_found(name: str, books: Books) -> None:
    table = "ledger_entry" if name.startswith("ledger_entry") else "ledger_transaction"
    with connection.cursor() as cursor:
        on = f" ON {table}" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER {name}{on}")
    assert check() == (1, f"the guard {name} is missing from the database\n")


def test_every_fault_is_told_not_the_first_alone(books: Books) -> None:
    books.sell(4900)
    unguarded(lambda: Entry.objects.filter(amount__gt=0)._raw_delete("default"))
    empty_transaction(books, is_sealed=True)
    with pytest.raises(CommandError, match="2 faults"):
        call_command("check_ledger", stderr=io.StringIO())

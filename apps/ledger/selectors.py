"""Reading the ledger: balances are sums, in minor units."""

from django.db.models import QuerySet, Sum

from apps.accounts.models import Organization
from apps.core.modes import Mode
from apps.ledger.models import Account, Entry


def book_of(mode: str) -> str:
    """Return the book that business of ``mode`` is posted to."""
    return Account.Book.LIVE if mode == Mode.LIVE else Account.Book.SANDBOX


def balance(account: Account) -> int:
    """Return debit minus credit of ``account``."""
    return Entry.objects.filter(account=account).aggregate(sum=Sum("amount"))["sum"] or 0


def buyer_credit(organization: Organization, currency: str, book: str) -> int:
    """Return what ``organization`` has left over for its next quotes; never below zero."""
    total = Entry.objects.filter(
        account__kind=Account.Kind.BUYER_CREDIT,
        account__organization=organization,
        account__currency=currency,
        account__book=book,
    ).aggregate(sum=Sum("amount"))["sum"]
    return max(-(total or 0), 0)


def entries_of(reference: str) -> QuerySet[Entry]:
    """Return the entries that book one order, in the order they were written."""
    return (
        Entry.objects.filter(transaction__reference=reference)
        .select_related("account", "transaction")
        .order_by("transaction_id", "pk")
    )

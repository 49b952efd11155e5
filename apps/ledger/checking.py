"""Adding the whole ledger up again, trusting nothing."""

from collections.abc import Iterator

from django.db import connection
from django.db.models import F, Q, Sum

from apps.ledger.models import Account, Entry, Transaction
from apps.ledger.protection import trigger_names


def findings() -> Iterator[str]:
    """Yield a sentence for everything that is wrong; nothing when the ledger is right."""
    sums = (
        Entry.objects.values("transaction_id", "currency")
        .annotate(sum=Sum("amount"))
        .exclude(sum=0)
        .order_by("transaction_id")
    )
    for row in sums:
        yield (
            f"transaction {row['transaction_id']} does not sum to zero: "
            f"{row['sum']} {row['currency']}"
        )
    for key in Transaction.objects.filter(is_sealed=False).values_list("pk", flat=True):
        yield f"transaction {key} was never sealed"
    for key in Transaction.objects.filter(entries__isnull=True).values_list("pk", flat=True):
        yield f"transaction {key} has no entries"
    mixed = Entry.objects.filter(
        ~Q(currency=F("account__currency")) | ~Q(transaction__book=F("account__book"))
    )
    for key in mixed.values_list("pk", flat=True):
        yield f"entry {key} is in another currency or book than its account"
    strangers = Account.objects.filter(organization__isnull=False).select_related("organization")
    for account in strangers.iterator():
        owner = account.organization
        if owner is not None and str(owner.number) not in account.code.split(":"):
            yield f"account {account.pk} is not of the organization that its code names"
    missing = trigger_names(connection.vendor) - _triggers_present()
    for name in sorted(missing):
        yield f"the guard {name} is missing from the database"


def _triggers_present() -> set[str]:
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {row[0] for row in cursor.fetchall()}

"""Check that the ledger adds up."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.ledger.checking import findings
from apps.ledger.models import Entry, Transaction


class Command(BaseCommand):
    """Exit 0 when every transaction sums to zero and the guards stand, else 1 with each fault."""

    help = "Add the whole ledger up again and look for its guards. Exits 1 on any fault."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the faults, or one line that says how much was checked."""
        faults = list(findings())
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"{len(faults)} faults in the ledger")
        self.stdout.write(
            f"The ledger adds up: {Transaction.objects.count()} transactions, "
            f"{Entry.objects.count()} entries."
        )

"""Double entry: transactions whose entries sum to zero, never changed, never deleted.

An entry's amount is signed: a debit is positive, a credit negative. The database refuses a
sealed transaction that does not sum to zero, and any change to what is sealed; see
``apps/ledger/protection.py``.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.catalog.models import App
from apps.core.ids import new_public_id


class Account(models.Model):
    """One account of the ledger, in one currency and one book. Its balance is a sum."""

    class Kind(models.TextChoices):
        """What the account is for."""

        CASH = "CASH", _("Cash at the gateway")
        """Money that a payment gateway holds for us. Grows by debit."""
        RECEIVABLE = "RECEIVABLE", _("Receivable")
        """What an organization owes on invoice. Grows by debit."""
        VENDOR_PAYABLE = "VENDOR_PAYABLE", _("Payable to vendor")
        """What we owe a vendor. Grows by credit."""
        COMMISSION = "COMMISSION", _("Commission")
        """Our income. Grows by credit."""
        TAX = "TAX", _("Tax")
        """Tax to hand on. Grows by credit."""
        BUYER_CREDIT = "BUYER_CREDIT", _("Buyer's credit")
        """What an organization has left over for its next quotes. Grows by credit."""
        GATEWAY_FEES = "GATEWAY_FEES", _("Gateway fees")
        """What the gateway keeps. Grows by debit."""

    class Book(models.TextChoices):
        """Real money and play money never meet."""

        LIVE = "LIVE", _("Live")
        """Balances, payouts and dashboards are read from here."""
        SANDBOX = "SANDBOX", _("Sandbox")
        """Sandbox organizations and draft listings."""

    code = models.CharField(
        _("code"),
        max_length=120,
        unique=True,
        help_text=_("Book, kind, owner and currency: the account exists once."),
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    book = models.CharField(_("book"), max_length=8, choices=Book.choices, default=Book.LIVE)
    currency = models.CharField(_("currency"), max_length=3)
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    gateway = models.CharField(_("gateway"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("ledger account")
        verbose_name_plural = _("ledger accounts")

    def __str__(self) -> str:
        return self.code


class Transaction(models.Model):
    """One posting: a header and the entries that sum to zero in each currency."""

    class Kind(models.TextChoices):
        """What was posted."""

        SALE = "SALE", _("Sale")
        """An order was captured."""
        REFUND = "REFUND", _("Refund")
        """Money went back."""
        REVERSAL = "REVERSAL", _("Reversal")
        """A correction: the mirror image of another transaction."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    reference = models.CharField(
        _("cause"), max_length=120, help_text=_("The order that it books.")
    )
    book = models.CharField(_("book"), max_length=8, choices=Account.Book.choices)
    app = models.ForeignKey(
        App,
        verbose_name=_("app"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    commission_rate = models.DecimalField(_("commission"), max_digits=5, decimal_places=4)
    occurred_at = models.DateTimeField(_("occurred at"))
    is_sealed = models.BooleanField(_("sealed"), default=False)
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)

    class Meta:
        verbose_name = _("ledger transaction")
        verbose_name_plural = _("ledger transactions")
        constraints = [
            # The posting's idempotency: one order is booked once for each kind.
            models.UniqueConstraint(fields=["kind", "reference"], name="ledger_transaction_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"


class Entry(models.Model):
    """One line of a transaction. A debit is positive, a credit negative."""

    transaction = models.ForeignKey(
        Transaction,
        verbose_name=_("transaction"),
        on_delete=models.PROTECT,
        related_name="entries",
    )
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.PROTECT, related_name="entries"
    )
    amount = models.BigIntegerField(_("amount, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    memo = models.CharField(_("for"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")

    def __str__(self) -> str:
        return f"{self.account} {self.amount} {self.currency}"

"""The ledger: accounts, transactions and their entries. Nothing here is ever edited."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, Sum
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from apps.core.admin import (
    DayRangeFilter,
    FactAdmin,
    FactInline,
    amount_html,
    badge_html,
    caused_by,
    column,
    related,
    timed,
)
from apps.ledger.models import Account, Entry, Transaction

WHY_FACTS = gettext_lazy(
    "The ledger is append-only: the database itself refuses changes. A mistake is corrected by a "
    "reversal."
)


def _debit(row: Entry) -> str:
    return amount_html(row.amount, row.currency) if row.amount > 0 else ""


def _credit(row: Entry) -> str:
    return amount_html(-row.amount, row.currency) if row.amount < 0 else ""


class EntryInline(FactInline):
    """The entries of a transaction."""

    model = Entry
    fields = ("account", "memo", "debit", "credit")
    readonly_fields = ("debit", "credit")
    ordering = ("pk",)

    debit = staticmethod(column(gettext_lazy("debit"))(_debit))
    credit = staticmethod(column(gettext_lazy("credit"))(_credit))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what each line shows."""
        return super().get_queryset(request).select_related("account")


@admin.register(Transaction)
class TransactionAdmin(FactAdmin):
    """Postings, each of which sums to zero."""

    read_only_because = WHY_FACTS
    list_display = ("occurred", "kind", "cause", "app_link", "book", "turnover", "balanced")
    list_display_links = ("occurred",)
    list_filter = (
        ("book", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("app", AutocompleteSelectFilter),
        ("occurred_at", DayRangeFilter),
    )
    list_select_related = ("app",)
    search_fields = ("reference", "app__name", "=public_id")
    search_help_text = gettext_lazy("Order number or app")
    ordering = ("-occurred_at", "-pk")
    fields = (
        "kind",
        "cause",
        "app_link",
        "book",
        "commission_rate",
        "turnover",
        "balanced",
        "occurred",
        "created_at",
        "public_id",
    )
    readonly_fields = ("cause", "app_link", "turnover", "balanced", "occurred", "public_id")
    inlines = (EntryInline,)
    export_fields = (
        "public_id",
        "kind",
        "reference",
        "book",
        "app__slug",
        "commission_rate",
        "occurred_at",
        "is_sealed",
    )

    app_link = staticmethod(related("app", description=gettext_lazy("app")))
    cause = staticmethod(caused_by("reference", description=gettext_lazy("cause")))
    occurred = staticmethod(timed("occurred_at", description=gettext_lazy("occurred at")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along the entries, from which the sums of each line are read."""
        return super().get_queryset(request).select_related("app").prefetch_related("entries")

    @column(gettext_lazy("turnover"))
    def turnover(self, row: Transaction) -> str:
        """Add up the debit side."""
        entries = row.entries.all()
        if not entries:
            return "—"
        return amount_html(
            sum(entry.amount for entry in entries if entry.amount > 0), entries[0].currency
        )

    @column(gettext_lazy("debit minus credit"))
    def balanced(self, row: Transaction) -> str:
        """Say whether it is sealed and sums to zero."""
        if not row.is_sealed:
            return badge_html(_("Not sealed"), "bad")
        if sum(entry.amount for entry in row.entries.all()):
            return badge_html(_("Not zero"), "bad")
        return badge_html(_("Balanced"), "ok")


@admin.register(Entry)
class EntryAdmin(FactAdmin):
    """Single entries, to go through an account."""

    read_only_because = WHY_FACTS
    list_display = ("transaction_link", "account_link", "memo", "debit", "credit", "occurred")
    list_filter = (
        ("account", AutocompleteSelectFilter),
        ("transaction__occurred_at", DayRangeFilter),
    )
    list_select_related = ("transaction", "account")
    search_fields = ("transaction__reference", "account__code", "memo")
    search_help_text = gettext_lazy("Order number, account or purpose")
    ordering = ("-pk",)
    fields = ("transaction_link", "account_link", "memo", "debit", "credit", "occurred")
    readonly_fields = fields
    export_fields = (
        "transaction__kind",
        "transaction__reference",
        "transaction__occurred_at",
        "account__code",
        "amount",
        "currency",
        "memo",
    )

    transaction_link = staticmethod(related("transaction", description=gettext_lazy("transaction")))
    account_link = staticmethod(related("account", description=gettext_lazy("account")))
    debit = staticmethod(column(gettext_lazy("debit"))(_debit))
    credit = staticmethod(column(gettext_lazy("credit"))(_credit))
    occurred = staticmethod(
        timed("transaction.occurred_at", description=gettext_lazy("occurred at"))
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what each line shows."""
        return super().get_queryset(request).select_related("transaction", "account")


@admin.register(Account)
class AccountAdmin(FactAdmin):
    """Accounts with their balances, which are sums of their entries."""

    read_only_because = gettext_lazy("Accounts are opened by the first posting that needs them.")
    list_display = ("code", "kind", "book", "organization_link", "debit", "credit", "balance")
    list_filter = (
        ("book", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        "currency",
        ("organization", AutocompleteSelectFilter),
    )
    list_select_related = ("organization",)
    search_fields = ("code", "organization__name")
    search_help_text = gettext_lazy("Code or organization")
    ordering = ("book", "kind", "code")
    fields = (
        "code",
        "kind",
        "book",
        "currency",
        "organization_link",
        "gateway",
        "debit",
        "credit",
        "balance",
    )
    readonly_fields = ("organization_link", "debit", "credit", "balance")
    export_fields = ("code", "kind", "book", "currency", "organization__slug", "gateway")

    organization_link = staticmethod(
        related("organization", description=gettext_lazy("organization"))
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Add up both sides."""
        return (
            super()
            .get_queryset(request)
            .select_related("organization")
            .annotate(
                debits=Sum("entries__amount", filter=Q(entries__amount__gt=0), default=0),
                credits=Sum("entries__amount", filter=Q(entries__amount__lt=0), default=0),
            )
        )

    @column(gettext_lazy("debit"), ordering="debits")
    def debit(self, row: Any) -> str:
        """Write the debit side."""
        return amount_html(row.debits, row.currency)

    @column(gettext_lazy("credit"), ordering="credits")
    def credit(self, row: Any) -> str:
        """Write the credit side."""
        return amount_html(-row.credits, row.currency)

    @column(gettext_lazy("debit minus credit"))
    def balance(self, row: Any) -> str:
        """Write what is left."""
        return amount_html(row.debits + row.credits, row.currency)

"""Payment methods and the sandbox bank's book. Payments are in the back office."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from apps.core.admin import (
    FactAdmin,
    FactInline,
    badge,
    badge_html,
    column,
    money,
    related,
)
from apps.payments.models import GatewayCall, PaymentMethod, SandboxCharge


@admin.register(PaymentMethod)
class PaymentMethodAdmin(FactAdmin):
    """Cards of organizations: brand and last digits, nothing else."""

    read_only_because = gettext_lazy(
        "Organizations add and remove their cards themselves. The number itself is never stored."
    )
    list_display = ("card", "organization_link", "expires", "standing", "gateway", "created_at")
    list_filter = (
        ("organization", AutocompleteSelectFilter),
        "brand",
        "is_default",
        ("removed_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("organization", "added_by")
    search_fields = ("last4", "organization__name", "=public_id")
    search_help_text = gettext_lazy("Last four digits or organization")
    ordering = ("-created_at",)
    fields = (
        "card",
        "organization_link",
        "expires",
        "standing",
        "gateway",
        "added_by",
        "created_at",
        "removed_at",
        "public_id",
    )
    readonly_fields = ("card", "organization_link", "expires", "standing", "public_id")
    export_fields = (
        "public_id",
        "organization__slug",
        "gateway",
        "brand",
        "last4",
        "expires_month",
        "expires_year",
        "is_default",
        "created_at",
        "removed_at",
    )

    organization_link = staticmethod(
        related("organization", description=gettext_lazy("organization"))
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along whose it is."""
        return super().get_queryset(request).select_related("organization", "added_by")

    @column(gettext_lazy("card"), ordering="last4")
    def card(self, row: PaymentMethod) -> str:
        """Name the card as its owner knows it."""
        return str(row)

    @column(gettext_lazy("expires"))
    def expires(self, row: PaymentMethod) -> str:
        """Write month and year as on the card."""
        return f"{row.expires_month:02d}/{row.expires_year}"

    @column(gettext_lazy("standing"))
    def standing(self, row: PaymentMethod) -> str:
        """Say whether it is used."""
        if row.removed_at:
            return badge_html(_("Removed"))
        return badge_html(_("Default"), "accent") if row.is_default else badge_html(_("Kept"))


class GatewayCallInline(FactInline):
    """What a gateway was asked about a payment."""

    model = GatewayCall
    fields = ("started_at", "act", "outcome", "text", "key", "finished_at")
    ordering = ("started_at", "pk")


@admin.register(SandboxCharge)
class SandboxChargeAdmin(FactAdmin):
    """What the imaginary bank of the sandbox gateway holds."""

    read_only_because = gettext_lazy(
        "The book of an imaginary bank outside ours, kept here so that everything can be tried. "
        "Only the sandbox gateway reads and writes it."
    )
    list_display = ("reference", "key", "card", "amount_money", "state_badge", "created_at")
    list_filter = (("state", ChoicesDropdownFilter), "card")
    search_fields = ("reference", "key")
    ordering = ("-created_at",)
    fields = (
        "reference",
        "key",
        "card",
        "amount_money",
        "refunded_money",
        "state_badge",
        "text",
        "calls",
        "created_at",
    )
    readonly_fields = ("amount_money", "refunded_money", "state_badge")
    export_fields = ("reference", "key", "card", "currency", "amount", "refunded_amount", "state")

    amount_money = staticmethod(money("amount", description=gettext_lazy("amount")))
    refunded_money = staticmethod(money("refunded_amount", description=gettext_lazy("refunded")))
    state_badge = staticmethod(
        badge(
            "state",
            {
                SandboxCharge.State.HELD: "info",
                SandboxCharge.State.CAPTURED: "ok",
                SandboxCharge.State.DECLINED: "bad",
                SandboxCharge.State.ACTION: "warn",
            },
            description=gettext_lazy("state"),
        )
    )

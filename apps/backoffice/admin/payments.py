"""Payments: the money of each order at its gateway."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from apps.core.admin import (
    MODE_COLOURS,
    DayRangeFilter,
    FactAdmin,
    badge,
    column,
    link_to,
    money,
    related,
    timed,
)
from apps.payments.admin import GatewayCallInline
from apps.payments.models import Payment

STATUS_COLOURS = {
    Payment.Status.AUTHORIZED: "info",
    Payment.Status.ACTION: "warn",
    Payment.Status.CAPTURED: "ok",
    Payment.Status.DECLINED: "bad",
}


@admin.register(Payment)
class PaymentAdmin(FactAdmin):
    """Payments. What staff may do about one is on its order's page."""

    read_only_because = _(
        "A payment moves with its order: cancel or refund there. Below is what the gateway was "
        "asked, each request with its own key."
    )
    list_display = (
        "key",
        "order_link",
        "organization_link",
        "amount_money",
        "status_badge",
        "method",
        "mode_badge",
        "created",
    )
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("mode", ChoicesDropdownFilter),
        ("organization", AutocompleteSelectFilter),
        "gateway",
        "currency",
        ("created_at", DayRangeFilter),
    )
    list_select_related = ("organization", "method", "order")
    search_fields = ("key", "reference", "=public_id", "organization__name", "method__last4")
    search_help_text = _("Order number, gateway's reference, organization or last digits")
    ordering = ("-created_at", "-pk")
    fields = (
        "order_link",
        "organization_link",
        "method",
        "status_badge",
        "mode_badge",
        "amount_money",
        "captured_money",
        "refunded_money",
        "decline_text",
        "gateway",
        "reference",
        "created",
        "authorized_at",
        "captured_at",
        "released_at",
        "key",
        "public_id",
    )
    readonly_fields = (
        "order_link",
        "organization_link",
        "status_badge",
        "mode_badge",
        "amount_money",
        "captured_money",
        "refunded_money",
        "created",
        "public_id",
    )
    inlines = (GatewayCallInline,)
    export_fields = (
        "public_id",
        "key",
        "organization__slug",
        "gateway",
        "reference",
        "method__brand",
        "method__last4",
        "mode",
        "currency",
        "amount",
        "captured_amount",
        "refunded_amount",
        "status",
        "decline_text",
        "created_at",
        "captured_at",
        "released_at",
    )

    organization_link = staticmethod(related("organization", description=_("organization")))
    amount_money = staticmethod(money("amount", description=_("amount")))
    captured_money = staticmethod(money("captured_amount", description=_("charged")))
    refunded_money = staticmethod(money("refunded_amount", description=_("refunded")))
    status_badge = staticmethod(badge("status", STATUS_COLOURS, description=_("status")))
    mode_badge = staticmethod(badge("mode", MODE_COLOURS, description=_("mode")))
    created = staticmethod(timed("created_at", description=_("created at")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what each line shows."""
        return super().get_queryset(request).select_related(*self.list_select_related)

    @column(_("order"))
    def order_link(self, row: Payment) -> str:
        """Link to the order it pays for."""
        order = getattr(row, "order", None)
        return link_to(order) if order else "—"

"""Quotes: what a plan would cost, line by line."""

from typing import Any

from django.contrib import admin
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
    column,
    link_to,
    money,
    related,
    timed,
)
from apps.core.clock import current_time
from apps.orders.models import Quote, QuoteLine


class QuoteLineInline(FactInline):
    """The lines of a quote."""

    model = QuoteLine
    fields = ("kind", "sku", "starts_on", "ends_on", "days", "days_in_period", "unit", "sum")
    readonly_fields = ("unit", "sum")
    ordering = ("position",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what each line shows."""
        return super().get_queryset(request).select_related("quote", "sku__app")

    @column(gettext_lazy("price"))
    def unit(self, row: QuoteLine) -> str:
        """Write the full price that the days are a part of."""
        return amount_html(row.unit_amount, row.quote.currency)

    @column(gettext_lazy("amount"))
    def sum(self, row: QuoteLine) -> str:
        """Write the line's amount."""
        return amount_html(row.amount, row.quote.currency)


@admin.register(Quote)
class QuoteAdmin(FactAdmin):
    """What was quoted to whom."""

    read_only_because = gettext_lazy(
        "A quote is a promise: it is honoured to the cent until its time runs out, and never "
        "changed."
    )
    list_display = (
        "name",
        "plan_name",
        "site_link",
        "organization_link",
        "total_money",
        "standing",
        "made",
    )
    list_filter = (
        ("app", AutocompleteSelectFilter),
        ("organization", AutocompleteSelectFilter),
        ("mode", ChoicesDropdownFilter),
        ("made_at", DayRangeFilter),
    )
    list_select_related = ("plan__app", "plan__sku", "site", "organization")
    search_fields = ("code", "=public_id", "site__label", "organization__name", "app__name")
    search_help_text = gettext_lazy("Code, site, organization or app")
    ordering = ("-made_at", "-pk")
    fields = (
        "organization_link",
        "site_link",
        "plan_name",
        "from_plan",
        "total_money",
        "renewal_money",
        "period_starts_on",
        "period_ends_on",
        "standing",
        "made",
        "expires_at",
        "actor",
        "mode",
        "last_order",
        "public_id",
    )
    readonly_fields = (
        "organization_link",
        "site_link",
        "plan_name",
        "total_money",
        "renewal_money",
        "standing",
        "made",
        "last_order",
        "public_id",
    )
    inlines = (QuoteLineInline,)
    export_fields = (
        "code",
        "public_id",
        "organization__slug",
        "site__site_name",
        "app__slug",
        "plan__sku__slug",
        "mode",
        "currency",
        "total",
        "renewal_amount",
        "made_at",
        "expires_at",
        "actor__email",
    )

    site_link = staticmethod(related("site", description=gettext_lazy("site")))
    organization_link = staticmethod(related("organization", description=gettext_lazy("paid by")))
    plan_name = staticmethod(related("plan", description=gettext_lazy("plan")))
    total_money = staticmethod(money("total", description=gettext_lazy("total today")))
    renewal_money = staticmethod(money("renewal_amount", description=gettext_lazy("next renewal")))
    made = staticmethod(timed("made_at", description=gettext_lazy("made at")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what a quote shows, and what came of it."""
        rows = super().get_queryset(request)
        return rows.select_related(
            *self.list_select_related, "from_plan__app", "from_plan__sku", "actor"
        ).prefetch_related("orders")

    @column(gettext_lazy("quote"), ordering="code")
    def name(self, row: Quote) -> str:
        """Name it as people read it out."""
        return str(row)

    @column(gettext_lazy("standing"))
    def standing(self, row: Quote) -> str:
        """Say what came of it."""
        if any(order.status == order.Status.COMPLETED for order in row.orders.all()):
            return badge_html(_("Sold"), "ok")
        if any(order.is_open for order in row.orders.all()):
            return badge_html(_("Ordered"), "info")
        if row.is_held(current_time()):
            return badge_html(_("Held"), "accent")
        return badge_html(_("Expired"))

    @column(gettext_lazy("last order"))
    def last_order(self, row: Quote) -> str:
        """Link to the newest order on it: after a no it may have been tried again."""
        orders = sorted(row.orders.all(), key=lambda order: order.placed_at)
        return link_to(orders[-1]) if orders else "—"

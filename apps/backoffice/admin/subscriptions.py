"""Subscriptions: who has which plan on which terms, and what was paid for."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    MultipleChoicesDropdownFilter,
)

from apps.core.admin import (
    MODE_COLOURS,
    DayRangeFilter,
    FactAdmin,
    FactInline,
    badge,
    caused_by,
    column,
    link_to,
    money,
    related,
)
from apps.core.formatting import format_money
from apps.core.money import Money
from apps.subscriptions.models import Period, Subscription

STATUS_COLOURS = {
    Subscription.Status.ACTIVE: "ok",
    Subscription.Status.TRIALING: "info",
    Subscription.Status.PAST_DUE: "bad",
}
PERIOD_COLOURS = {
    Period.State.PAID: "ok",
    Period.State.DUE: "info",
}


class PeriodInline(FactInline):
    """The paid stretches of a subscription."""

    model = Period
    fields = ("number", "starts_on", "ends_on", "amount_money", "state_badge", "order")
    readonly_fields = ("amount_money", "state_badge", "order")
    ordering = ("-number",)
    verbose_name_plural = gettext_lazy("paid periods")

    order = staticmethod(caused_by("reference", description=gettext_lazy("order")))
    amount_money = staticmethod(money("amount", description=gettext_lazy("price of the period")))
    state_badge = staticmethod(badge("state", PERIOD_COLOURS, description=gettext_lazy("state")))


@admin.register(Subscription)
class SubscriptionAdmin(FactAdmin):
    """Subscriptions."""

    read_only_because = gettext_lazy(
        "A subscription changes with an order. The price it was sold at is kept while it runs."
    )
    list_display = (
        "number",
        "plan_link",
        "holder",
        "organization_link",
        "status_badge",
        "kept_price",
        "period_ends_at",
        "mode_badge",
    )
    list_filter = (
        ("status", MultipleChoicesDropdownFilter),
        ("mode", ChoicesDropdownFilter),
        ("app", AutocompleteSelectFilter),
        ("plan", AutocompleteSelectFilter),
        ("organization", AutocompleteSelectFilter),
        ("period_ends_at", DayRangeFilter),
    )
    list_select_related = ("plan__app", "plan__sku", "price", "organization", "site", "user")
    search_fields = (
        "=number",
        "=public_id",
        "app__name",
        "site__label",
        "site__site_name",
        "organization__name",
    )
    search_help_text = gettext_lazy("Number, app, site or organization")
    ordering = ("-started_at", "-pk")
    fields = (
        "plan_link",
        "holder",
        "organization_link",
        "status_badge",
        "mode_badge",
        "kept_price",
        "quantity",
        "units",
        "payment_method",
        "period_started_at",
        "period_ends_at",
        "trial_ends_at",
        "cancels_at",
        "anchor_on",
        "installation",
        "entitlement",
        "version",
        "started_at",
        "ended_at",
        "number",
        "public_id",
    )
    readonly_fields = (
        "plan_link",
        "holder",
        "organization_link",
        "status_badge",
        "mode_badge",
        "kept_price",
        "number",
        "public_id",
    )
    inlines = (PeriodInline,)
    export_fields = (
        "number",
        "public_id",
        "app__slug",
        "plan__sku__slug",
        "organization__slug",
        "site__site_name",
        "user__email",
        "status",
        "mode",
        "price__amount",
        "price__currency",
        "price__recurrency",
        "quantity",
        "units",
        "period_ends_at",
        "trial_ends_at",
        "cancels_at",
        "started_at",
        "ended_at",
    )

    plan_link = staticmethod(related("plan", description=gettext_lazy("plan")))
    organization_link = staticmethod(related("organization", description=gettext_lazy("paid by")))
    status_badge = staticmethod(badge("status", STATUS_COLOURS, description=gettext_lazy("status")))
    mode_badge = staticmethod(badge("mode", MODE_COLOURS, description=gettext_lazy("mode")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what a subscription shows."""
        return (
            super()
            .get_queryset(request)
            .select_related(
                *self.list_select_related,
                "app",
                "payment_method",
                "installation__app",
                "installation__site",
                "entitlement__sku__app",
                "entitlement__site",
            )
        )

    @column(gettext_lazy("held by"))
    def holder(self, row: Subscription) -> str:
        """Link to the site, organization or person."""
        target = row.holder
        return link_to(target.site or target.organization or target.user or row)

    @column(gettext_lazy("kept price"))
    def kept_price(self, row: Subscription) -> str:
        """Write the price it was sold at and how often it is paid."""
        if row.price is None:
            return _("Free")
        amount = format_money(Money(row.price.amount or 0, row.price.currency))
        return link_to(row.price, f"{amount} · {row.price.get_recurrency_display()}")

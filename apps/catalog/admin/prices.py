"""SKUs and the history of their prices."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from apps.catalog.models import Price, Sku
from apps.core.admin import (
    DayRangeFilter,
    FactAdmin,
    FactInline,
    badge_html,
    column,
    money,
    related,
)
from apps.core.clock import current_time

WHY_FACTS = gettext_lazy(
    "A price is never edited: what was sold points at its row. Set a new one from a date with "
    "“New price from…” on the plan's page; whoever bought before keeps the old one."
)


@admin.register(Price)
class PriceAdmin(FactAdmin):
    """Every price there was, is and will be."""

    read_only_because = WHY_FACTS
    list_display = (
        "sku_link",
        "amount_money",
        "recurrency",
        "basis",
        "standing",
        "starts_at",
        "set_by",
    )
    list_display_links = ("amount_money",)
    list_filter = (
        ("sku__app", AutocompleteSelectFilter),
        "currency",
        ("recurrency", ChoicesDropdownFilter),
        ("starts_at", DayRangeFilter),
    )
    list_select_related = ("sku__app", "created_by")
    search_fields = ("sku__slug", "sku__app__name")
    search_help_text = gettext_lazy("Plan or app")
    ordering = ("-starts_at", "-pk")
    fields = (
        "sku_link",
        "amount_money",
        "currency",
        "recurrency",
        "basis",
        "unit_name",
        "standing",
        "starts_at",
        "set_by",
        "created_at",
        "public_id",
    )
    readonly_fields = ("sku_link", "amount_money", "standing", "set_by", "public_id")
    export_fields = (
        "public_id",
        "sku__app__slug",
        "sku__slug",
        "currency",
        "recurrency",
        "basis",
        "unit_name",
        "amount",
        "starts_at",
        "created_by__email",
    )

    sku_link = staticmethod(related("sku", description=gettext_lazy("SKU")))
    amount_money = staticmethod(money("amount", description=gettext_lazy("price")))
    set_by = staticmethod(related("created_by", description=gettext_lazy("set by")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Mark the rows that a newer one has taken the place of."""
        newer = Price.objects.filter(
            sku=OuterRef("sku"),
            currency=OuterRef("currency"),
            recurrency=OuterRef("recurrency"),
            starts_at__gt=OuterRef("starts_at"),
            starts_at__lte=current_time(),
        )
        return (
            super()
            .get_queryset(request)
            .select_related("sku__app", "created_by")
            .annotate(is_superseded=Exists(newer))
        )

    @column(gettext_lazy("standing"))
    def standing(self, row: Any) -> str:
        """Say whether it is in force."""
        if row.starts_at > current_time():
            return badge_html(_("Scheduled"), "info")
        if row.is_superseded:
            return badge_html(_("Past"))
        return (
            badge_html(_("Withdrawn"), "warn")
            if row.amount is None
            else badge_html(_("In force"), "ok")
        )


class PriceInline(FactInline):
    """The prices of a SKU."""

    model = Price
    verbose_name_plural = gettext_lazy("prices, newest start first")
    fields = ("amount_money", "recurrency", "basis", "starts_at", "created_by")
    readonly_fields = ("amount_money",)
    ordering = ("-starts_at",)

    amount_money = staticmethod(money("amount", description=gettext_lazy("price")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what each line shows."""
        return super().get_queryset(request).select_related("sku__app", "created_by")


@admin.register(Sku)
class SkuAdmin(FactAdmin):
    """What is for sale, whatever kind it is."""

    read_only_because = gettext_lazy(
        "A SKU is made together with its plan and is edited there. It is what prices, quotes and "
        "entitlements point at."
    )
    list_display = ("slug", "app_link", "kind", "behaviour", "is_available", "number")
    list_filter = (
        ("app", AutocompleteSelectFilter),
        ("kind", ChoicesDropdownFilter),
        "is_available",
    )
    list_select_related = ("app",)
    search_fields = ("slug", "app__name", "=number")
    ordering = ("app__name", "slug")
    fields = (
        "app_link",
        "slug",
        "kind",
        "behaviour",
        "holder",
        "is_available",
        "number",
        "public_id",
        "created_at",
    )
    readonly_fields = ("app_link", "number", "public_id")
    inlines = (PriceInline,)
    export_fields = ("public_id", "number", "app__slug", "slug", "kind", "behaviour")

    app_link = staticmethod(related("app", description=gettext_lazy("app")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what a SKU is called by."""
        return super().get_queryset(request).select_related("app")

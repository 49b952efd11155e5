"""Entitlements and what happened to them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
)

from apps.core.admin import (
    DayRangeFilter,
    FactAdmin,
    FactInline,
    badge_html,
    caused_by,
    column,
    link_to,
    related,
)
from apps.core.clock import current_time
from apps.entitlements.models import Entitlement, EntitlementChange


class InForceFilter(DropdownFilter):
    """Entitlements that give access now, and those that do not."""

    title = gettext_lazy("in force")
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Name the choices."""
        return [("yes", gettext_lazy("In force")), ("no", gettext_lazy("Not in force"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Narrow the list."""
        running = Entitlement.objects.in_force(current_time()).values("pk")
        if self.value() == "yes":
            return queryset.filter(pk__in=running)
        if self.value() == "no":
            return queryset.exclude(pk__in=running)
        return queryset


class EntitlementChangeInline(FactInline):
    """What happened to an entitlement."""

    model = EntitlementChange
    fields = ("at", "action", "actor", "reason", "cause")
    readonly_fields = ("cause",)
    ordering = ("at", "pk")

    cause = staticmethod(caused_by("reference", description=gettext_lazy("cause")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what each line shows."""
        return (
            super()
            .get_queryset(request)
            .select_related("actor", "entitlement__sku__app", "entitlement__site")
        )


@admin.register(Entitlement)
class EntitlementAdmin(FactAdmin):
    """Who may use what."""

    read_only_because = gettext_lazy(
        "An entitlement follows from an order, and changes only with one. Below is why it is as it "
        "is."
    )
    list_display = (
        "number",
        "holder",
        "sku_link",
        "standing",
        "source",
        "mode",
        "starts_at",
        "ends_at",
    )
    list_filter = (
        InForceFilter,
        ("app", AutocompleteSelectFilter),
        ("source", ChoicesDropdownFilter),
        ("mode", ChoicesDropdownFilter),
        ("starts_at", DayRangeFilter),
    )
    list_select_related = ("sku__app", "site", "organization", "user")
    search_fields = (
        "=number",
        "public_id",
        "sku__slug",
        "app__name",
        "site__label",
        "site__site_name",
        "organization__name",
        "user__email",
    )
    search_help_text = gettext_lazy("Number, plan, app, site, organization or person")
    ordering = ("-number",)
    fields = (
        "holder",
        "sku_link",
        "standing",
        "quantity",
        "source",
        "source_id",
        "mode",
        "starts_at",
        "ends_at",
        "ended_at",
        "revoked_at",
        "deleted_at",
        "consumed_at",
        "number",
        "public_id",
    )
    readonly_fields = ("holder", "sku_link", "standing", "number", "public_id")
    inlines = (EntitlementChangeInline,)
    export_fields = (
        "number",
        "public_id",
        "app__slug",
        "sku__slug",
        "site__site_name",
        "organization__slug",
        "user__email",
        "mode",
        "quantity",
        "source",
        "starts_at",
        "ends_at",
        "ended_at",
        "revoked_at",
        "deleted_at",
    )

    sku_link = staticmethod(related("sku", description=gettext_lazy("SKU")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what an entitlement is called by."""
        return super().get_queryset(request).select_related(*self.list_select_related, "app")

    @column(gettext_lazy("holder"))
    def holder(self, row: Entitlement) -> str:
        """Link to the one who may use it."""
        holder = row.site or row.organization or row.user
        return link_to(holder) if holder else "—"

    @column(gettext_lazy("standing"))
    def standing(self, row: Entitlement) -> str:
        """Say in a word whether it gives access, and if not, why."""
        now = current_time()
        if row.deleted_at:
            return badge_html(_("Deleted"))
        if row.revoked_at and row.revoked_at <= now:
            return badge_html(_("Revoked"), "bad")
        if row.ended_at and row.ended_at <= now:
            return badge_html(_("Ended"))
        if row.ends_at and row.ends_at <= now:
            return badge_html(_("Ran out"), "warn")
        if row.starts_at and row.starts_at > now:
            return badge_html(_("Not yet"), "info")
        return badge_html(_("In force"), "ok")

"""Installations: which app is where, since when, and how it came to be."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from apps.core.admin import (
    MODE_COLOURS,
    DayRangeFilter,
    FactAdmin,
    FactInline,
    badge,
    badge_html,
    column,
    link_to,
    money,
    own_link,
    related,
    timed,
)
from apps.core.clock import current_time
from apps.orders.admin.orders import STATUS_COLOURS as ORDER_COLOURS
from apps.orders.models import Order
from apps.subscriptions.models import Installation, InstallationToken

STATUS_COLOURS = {
    Installation.Status.PENDING: "info",
    Installation.Status.ACTIVE: "ok",
    Installation.Status.FAILED: "bad",
}


class OrderInline(FactInline):
    """The orders of an installation."""

    model = Order
    fields = ("link", "placed_at", "kind", "status_badge", "total_money", "actor")
    readonly_fields = ("link", "status_badge", "total_money")

    ordering = ("-placed_at",)

    link = staticmethod(own_link("number", description=gettext_lazy("order")))
    status_badge = staticmethod(badge("status", ORDER_COLOURS, description=gettext_lazy("status")))
    total_money = staticmethod(money("total", description=gettext_lazy("total")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what each line shows."""
        return super().get_queryset(request).select_related("actor")


class TokenInline(FactInline):
    """The app's tokens for an installation, without the tokens."""

    model = InstallationToken
    fields = ("created_at", "standing", "expires_at", "first_used_at", "revoked_at")
    readonly_fields = ("standing",)
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what a token is called by; leave the sealed pair where it is."""
        rows = super().get_queryset(request)
        return rows.select_related("installation__app", "installation__site").defer(
            "access_sealed", "refresh_sealed"
        )

    @column(gettext_lazy("standing"))
    def standing(self, row: InstallationToken) -> str:
        """Say whether it opens anything."""
        if row.revoked_at is not None:
            return badge_html(_("Revoked"))
        usable = row.is_usable(current_time())
        return badge_html(_("Usable"), "ok") if usable else badge_html(_("Expired"), "warn")


@admin.register(Installation)
class InstallationAdmin(FactAdmin):
    """Installations."""

    read_only_because = gettext_lazy(
        "An installation follows from its orders: to change it, somebody orders."
    )
    list_display = (
        "app_link",
        "holder",
        "organization_link",
        "status_badge",
        "mode_badge",
        "installed",
        "removed_at",
    )
    list_display_links = ("status_badge",)
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("mode", ChoicesDropdownFilter),
        ("app", AutocompleteSelectFilter),
        ("organization", AutocompleteSelectFilter),
        ("installed_at", DayRangeFilter),
    )
    list_select_related = ("app", "organization", "site", "user")
    search_fields = (
        "=public_id",
        "app__name",
        "site__label",
        "site__site_name",
        "organization__name",
    )
    search_help_text = gettext_lazy("App, site or organization")
    ordering = ("-created_at", "-pk")
    fields = (
        "app_link",
        "holder",
        "organization_link",
        "subscription_link",
        "status_badge",
        "mode_badge",
        "scope",
        "installed_by",
        "created_at",
        "installed",
        "removed_at",
        "public_id",
    )
    readonly_fields = (
        "app_link",
        "holder",
        "organization_link",
        "subscription_link",
        "status_badge",
        "mode_badge",
        "installed",
        "public_id",
    )
    inlines = (OrderInline, TokenInline)
    export_fields = (
        "public_id",
        "app__slug",
        "organization__slug",
        "scope",
        "site__site_name",
        "user__email",
        "status",
        "mode",
        "created_at",
        "installed_at",
        "removed_at",
    )

    app_link = staticmethod(related("app", description=gettext_lazy("app")))
    organization_link = staticmethod(related("organization", description=gettext_lazy("paid by")))
    status_badge = staticmethod(badge("status", STATUS_COLOURS, description=gettext_lazy("status")))
    mode_badge = staticmethod(badge("mode", MODE_COLOURS, description=gettext_lazy("mode")))
    installed = staticmethod(timed("installed_at", description=gettext_lazy("installed at")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what an installation is called by."""
        return (
            super().get_queryset(request).select_related(*self.list_select_related, "installed_by")
        )

    @column(gettext_lazy("installed for"))
    def holder(self, row: Installation) -> str:
        """Link to the site, organization or person."""
        target = row.holder
        return link_to(target.site or target.organization or target.user or row)

    @column(gettext_lazy("subscription"))
    def subscription_link(self, row: Installation) -> str:
        """Link to what the holder has of the app's plans."""
        subscription = getattr(row, "subscription", None)
        return link_to(subscription, subscription.plan) if subscription else "—"

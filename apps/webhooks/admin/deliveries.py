"""Endpoints of apps, and events on their way to them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from apps.core.admin import (
    DayRangeFilter,
    FactAdmin,
    FactInline,
    badge,
    code_html,
    column,
    own_link,
    related,
    timed,
)
from apps.webhooks.admin.attempts import AttemptInline
from apps.webhooks.models import Delivery, Endpoint

DELIVERY_COLOURS = {
    Delivery.Status.PENDING: "info",
    Delivery.Status.DELIVERED: "ok",
    Delivery.Status.FAILED: "bad",
}


@admin.register(Endpoint)
class EndpointAdmin(FactAdmin):
    """Where apps want events."""

    read_only_because = _("An app's endpoints are set by its developers. Secrets stay hidden.")
    list_display = ("url", "app_link", "format", "is_active", "created_at")
    list_filter = (("app", AutocompleteSelectFilter), "format", "is_active")
    list_select_related = ("app",)
    search_fields = ("url", "app__name")
    search_help_text = _("URL or app")
    ordering = ("app__name", "url")
    fields = ("app_link", "url", "format", "event_types", "is_active", "public_id", "created_at")
    readonly_fields = ("app_link", "public_id")
    export_fields = ("public_id", "app__slug", "url", "format", "event_types", "is_active")

    app_link = staticmethod(related("app", description=_("app")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along whose it is."""
        return super().get_queryset(request).select_related("app")


class DeliveryInline(FactInline):
    """The deliveries of an event."""

    model = Delivery
    fields = ("link", "status_badge", "attempt_count", "next_attempt_at", "delivered_at")
    readonly_fields = ("link", "status_badge")

    link = staticmethod(own_link("endpoint", description=_("endpoint")))
    status_badge = staticmethod(badge("status", DELIVERY_COLOURS, description=_("status")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what each line shows."""
        return super().get_queryset(request).select_related("event", "endpoint")


@admin.register(Delivery)
class DeliveryAdmin(FactAdmin):
    """Events on their way to endpoints."""

    read_only_because = _("A delivery sends the same bytes each time until they are taken.")
    list_display = (
        "event_link",
        "endpoint_link",
        "status_badge",
        "attempt_count",
        "next_attempt_at",
        "delivered",
    )
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("event__app", AutocompleteSelectFilter),
        ("created_at", DayRangeFilter),
    )
    list_select_related = ("event", "endpoint")
    search_fields = ("public_id", "event__public_id", "event__type", "endpoint__url")
    search_help_text = _("Delivery or event id, event type or URL")
    ordering = ("-created_at", "-pk")
    fields = (
        "event_link",
        "endpoint_link",
        "status_badge",
        "attempt_count",
        "next_attempt_at",
        "sent_body",
        "public_id",
        "created_at",
        "delivered",
    )
    readonly_fields = (
        "event_link",
        "endpoint_link",
        "status_badge",
        "sent_body",
        "public_id",
        "delivered",
    )
    inlines = (AttemptInline,)
    export_fields = (
        "public_id",
        "event__public_id",
        "event__type",
        "endpoint__url",
        "status",
        "attempt_count",
        "created_at",
        "delivered_at",
    )

    event_link = staticmethod(related("event", description=_("event")))
    endpoint_link = staticmethod(related("endpoint", description=_("endpoint")))
    status_badge = staticmethod(badge("status", DELIVERY_COLOURS, description=_("status")))
    delivered = staticmethod(timed("delivered_at", description=_("delivered at")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what a delivery is called by."""
        return super().get_queryset(request).select_related("event", "endpoint")

    @column(_("body"))
    def sent_body(self, row: Delivery) -> str:
        """Show what is sent."""
        return code_html(row.body)

"""Events, and the streams that number them."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from apps.core.admin import (
    DayRangeFilter,
    FactAdmin,
    badge_html,
    caused_by,
    code_html,
    column,
    link_to,
    related,
    timed,
)
from apps.webhooks.admin.deliveries import DeliveryInline
from apps.webhooks.models import Event, EventStream


@admin.register(Event)
class EventAdmin(FactAdmin):
    """Facts that apps are told."""

    read_only_because = _("An event was written together with the change it tells of.")
    list_display = (
        "type",
        "app_link",
        "customer",
        "sequence",
        "mode",
        "occurred",
        "handed_over",
    )
    list_filter = (
        ("app", AutocompleteSelectFilter),
        "type",
        ("mode", ChoicesDropdownFilter),
        ("occurred_at", DayRangeFilter),
    )
    list_select_related = (
        "app",
        "stream__site",
        "stream__organization",
        "stream__user",
    )
    search_fields = ("public_id", "type", "reference", "app__name", "stream__site__site_name")
    search_help_text = _("Event id, type, order number, app or site")
    ordering = ("-occurred_at", "-pk")
    fields = (
        "type",
        "app_link",
        "customer",
        "sequence",
        "mode",
        "content",
        "cause",
        "public_id",
        "occurred",
        "created_at",
        "fanned_out_at",
    )
    readonly_fields = ("cause", "app_link", "customer", "content", "public_id", "occurred")
    inlines = (DeliveryInline,)
    export_fields = (
        "public_id",
        "type",
        "app__slug",
        "sequence",
        "mode",
        "reference",
        "occurred_at",
        "data",
    )

    app_link = staticmethod(related("app", description=_("app")))
    cause = staticmethod(caused_by("reference", description=_("cause")))
    occurred = staticmethod(timed("occurred_at", description=_("occurred at")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along whom it is about."""
        return super().get_queryset(request).select_related(*self.list_select_related)

    @column(_("customer"))
    def customer(self, row: Event) -> str:
        """Link to the site, organization or person it is about."""
        stream = row.stream
        holder = stream.site or stream.organization or stream.user
        return link_to(holder) if holder else "—"

    @column(_("handed to delivery"), boolean=True)
    def handed_over(self, row: Event) -> bool:
        """Say whether deliveries were made of it."""
        return row.fanned_out_at is not None

    @column(_("data"))
    def content(self, row: Event) -> str:
        """Show the frozen data."""
        return code_html(json.dumps(row.data))


@admin.register(EventStream)
class EventStreamAdmin(FactAdmin):
    """How far each app and customer have counted."""

    read_only_because = _("The numbers of a stream have no gaps: each event takes the next one.")
    list_display = ("name", "app_link", "last_sequence", "event_count")
    list_filter = (("app", AutocompleteSelectFilter),)
    list_select_related = ("app", "site", "organization", "user")
    search_fields = ("app__name", "site__site_name", "site__label", "organization__name")
    ordering = ("app__name", "pk")
    fields = ("app_link", "site", "organization", "user", "last_sequence", "event_count")
    readonly_fields = ("app_link", "event_count")
    export_fields = ("app__slug", "site__site_name", "organization__slug", "last_sequence")

    app_link = staticmethod(related("app", description=_("app")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count the events, which must be as many as were numbered."""
        rows = super().get_queryset(request).select_related(*self.list_select_related)
        return rows.annotate(events_written=Count("events"))

    @column(_("stream"))
    def name(self, row: EventStream) -> str:
        """Name it by app and customer."""
        return str(row)

    @column(_("events"))
    def event_count(self, row: Any) -> str:
        """Say how many there are, and whether one is missing."""
        if row.events_written != row.last_sequence:
            return badge_html(row.events_written, "bad")
        return str(row.events_written)

"""Asks: what apps were asked, and what they said."""

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
)

from apps.core.admin import DayRangeFilter, FactAdmin, badge, code_html, column, related, timed
from apps.webhooks.admin.attempts import OUTCOME_COLOURS, AttemptInline
from apps.webhooks.models import Ask


class SettledFilter(DropdownFilter):
    """Asks that are settled, and those that still wait."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Name the choices."""
        return [("open", _("Waits for an answer")), ("settled", _("Settled"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Narrow the list."""
        if self.value() in ("open", "settled"):
            return queryset.filter(settled_at__isnull=self.value() == "open")
        return queryset


@admin.register(Ask)
class AskAdmin(FactAdmin):
    """What apps were asked, and what they said."""

    read_only_because = _(
        "An ask is sent with the same words each time; what came of it is on record."
    )
    list_display = ("key", "kind", "app_link", "outcome_badge", "tries", "created", "settled_at")
    list_filter = (
        SettledFilter,
        ("outcome", ChoicesDropdownFilter),
        ("app", AutocompleteSelectFilter),
        "kind",
        ("created_at", DayRangeFilter),
    )
    list_select_related = ("app",)
    search_fields = ("key", "public_id", "app__name", "answer_text")
    search_help_text = _("Order number, ask id, app or the app's words")
    ordering = ("-created_at", "-pk")
    fields = (
        "app_link",
        "kind",
        "dialect",
        "url",
        "outcome_badge",
        "answer_text",
        "sent_body",
        "key",
        "public_id",
        "timeout",
        "created",
        "settled_at",
    )
    readonly_fields = ("app_link", "outcome_badge", "sent_body", "public_id", "created")
    inlines = (AttemptInline,)
    export_fields = (
        "public_id",
        "key",
        "app__slug",
        "dialect",
        "kind",
        "url",
        "outcome",
        "answer_text",
        "created_at",
        "settled_at",
    )

    app_link = staticmethod(related("app", description=_("app")))
    outcome_badge = staticmethod(badge("outcome", OUTCOME_COLOURS, description=_("outcome")))
    created = staticmethod(timed("created_at", description=_("asked at")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count the attempts."""
        rows = super().get_queryset(request).select_related("app")
        return rows.annotate(attempt_number=Count("attempts"))

    @column(_("attempts"), ordering="attempt_number")
    def tries(self, row: Any) -> int:
        """Say how often it was sent."""
        return int(row.attempt_number)

    @column(_("body, secrets masked"))
    def sent_body(self, row: Ask) -> str:
        """Show what was sent."""
        return code_html(row.masked_body)

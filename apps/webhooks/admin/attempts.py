"""Attempts: each request to an app."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from apps.core.admin import (
    DayRangeFilter,
    FactAdmin,
    FactInline,
    badge,
    code_html,
    column,
    link_to,
    own_link,
    timed,
)
from apps.webhooks.models import Ask, Attempt

OUTCOME_COLOURS = {
    Ask.Outcome.YES: "ok",
    Ask.Outcome.REFUSED: "bad",
    Ask.Outcome.NOT_SENT: "warn",
    Ask.Outcome.UNKNOWN: "warn",
}


class AttemptInline(FactInline):
    """The attempts of an ask or of a delivery."""

    model = Attempt
    fields = ("link", "started_at", "outcome_badge", "status_code", "error_text", "duration_ms")
    readonly_fields = ("link", "outcome_badge")
    ordering = ("number",)

    link = staticmethod(own_link("number", description=_("attempt")))
    outcome_badge = staticmethod(badge("outcome", OUTCOME_COLOURS, description=_("outcome")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what an attempt is called by."""
        rows = super().get_queryset(request)
        return rows.select_related("ask__app", "delivery__event", "delivery__endpoint")


@admin.register(Attempt)
class AttemptAdmin(FactAdmin):
    """Each request to an app."""

    read_only_because = _("One row for each request, written before it was sent.")
    list_display = (
        "started",
        "app_name",
        "about",
        "number",
        "outcome_badge",
        "status_code",
        "error",
        "duration_ms",
    )
    list_filter = (
        ("outcome", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        "error",
        ("started_at", DayRangeFilter),
    )
    list_select_related = ("ask__app", "delivery__event__app", "delivery__endpoint")
    search_fields = ("ask__key", "ask__app__name", "delivery__endpoint__url", "error_text")
    search_help_text = _("Order number, app, endpoint or error")
    ordering = ("-started_at", "-pk")
    fields = (
        "app_name",
        "about",
        "number",
        "state",
        "outcome_badge",
        "status_code",
        "error",
        "error_text",
        "sent_headers",
        "answered_headers",
        "answered_body",
        "started",
        "finished_at",
        "duration_ms",
    )
    readonly_fields = (
        "app_name",
        "about",
        "outcome_badge",
        "sent_headers",
        "answered_headers",
        "answered_body",
        "started",
    )
    export_fields = (
        "ask__key",
        "delivery__public_id",
        "number",
        "state",
        "outcome",
        "error",
        "status_code",
        "started_at",
        "duration_ms",
    )

    outcome_badge = staticmethod(badge("outcome", OUTCOME_COLOURS, description=_("outcome")))
    started = staticmethod(timed("started_at", description=_("sent at")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what an attempt was for."""
        return super().get_queryset(request).select_related(*self.list_select_related)

    @column(_("app"))
    def app_name(self, row: Attempt) -> str:
        """Name the app that was called."""
        owner = row.ask or (row.delivery.event if row.delivery else None)
        return link_to(owner.app) if owner else "—"

    @column(_("for"))
    def about(self, row: Attempt) -> str:
        """Link to the ask or delivery."""
        target = row.ask or row.delivery
        return link_to(target) if target else "—"

    @column(_("request headers"))
    def sent_headers(self, row: Attempt) -> str:
        """Show the headers, signatures shortened."""
        return code_html(json.dumps(row.request_headers))

    @column(_("answer headers"))
    def answered_headers(self, row: Attempt) -> str:
        """Show the headers of the answer."""
        return code_html(json.dumps(row.answer_headers))

    @column(_("answer"))
    def answered_body(self, row: Attempt) -> str:
        """Show the answer."""
        return code_html(row.answer_body) if row.answer_body else "—"

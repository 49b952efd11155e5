"""Who changed what in this admin site, and which button they pressed."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from apps.core.admin import DayRangeFilter, FactAdmin, badge, column, related, timed

FLAG_COLOURS = {ADDITION: "ok", CHANGE: "info", DELETION: "bad"}


@admin.register(LogEntry)
class LogEntryAdmin(FactAdmin):
    """Changes and buttons of this admin site."""

    read_only_because = _(
        "Everything that staff did here. What a row looked like before and after is under "
        "“History” on its own page."
    )
    list_display = ("done", "person", "flag", "what", "on", "words")
    list_display_links = ("done",)
    list_filter = (
        ("user", AutocompleteSelectFilter),
        ("action_flag", ChoicesDropdownFilter),
        "content_type",
        ("action_time", DayRangeFilter),
    )
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "change_message", "user__email", "user__name")
    search_help_text = _("Row, what was done, or person")
    ordering = ("-action_time", "-pk")
    fields = ("done", "person", "flag", "what", "on", "words")
    readonly_fields = ("done", "person", "flag", "what", "on", "words")
    export_fields = (
        "action_time",
        "user__email",
        "action_flag",
        "content_type__app_label",
        "content_type__model",
        "object_id",
        "object_repr",
        "change_message",
    )

    done = staticmethod(timed("action_time", description=_("when")))
    person = staticmethod(related("user", description=_("who")))
    flag = staticmethod(badge("action_flag", FLAG_COLOURS, description=_("did")))

    @column(_("kind"), ordering="content_type__model")
    def what(self, row: LogEntry) -> str:
        """Name the kind of row."""
        return str(row.content_type.name) if row.content_type else "—"

    @column(_("row"), ordering="object_repr")
    def on(self, row: LogEntry) -> str:
        """Link to the row, where it has a page."""
        url = row.get_admin_url() if not row.is_deletion() else None
        if url is None:
            return row.object_repr
        return format_html('<a class="staff-link" href="{}">{}</a>', url, row.object_repr)

    @column(_("what was done"))
    def words(self, row: LogEntry) -> str:
        """Say it in words."""
        return row.get_change_message() or "—"

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along who and what."""
        return super().get_queryset(request).select_related("user", "content_type")

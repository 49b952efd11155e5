"""The manifests that were applied, word for word."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from apps.catalog.models import CatalogManifest
from apps.core.admin import DayRangeFilter, FactAdmin, code_html, column, related, timed


@admin.register(CatalogManifest)
class CatalogManifestAdmin(FactAdmin):
    """Which document changed which app, when, by whom."""

    read_only_because = _(
        "Documents are kept as they were applied. To change an app, import a newer one on its page."
    )
    list_display = ("applied_moment", "app_link", "by", "as_partner", "is_current")
    list_display_links = ("applied_moment",)
    list_filter = (
        ("app", AutocompleteSelectFilter),
        "as_partner",
        "is_current",
        ("applied_at", DayRangeFilter),
    )
    list_select_related = ("app", "actor")
    search_fields = ("app__name", "app__uuid", "actor__email")
    search_help_text = _("App or person")
    ordering = ("-applied_at",)
    fields = (
        "app_link",
        "applied_moment",
        "by",
        "as_partner",
        "is_current",
        "unknown_keys",
        "written",
    )
    readonly_fields = ("app_link", "applied_moment", "by", "written")
    export_fields = ("app__slug", "applied_at", "actor__email", "as_partner", "document")

    app_link = staticmethod(related("app", description=_("app")))
    by = staticmethod(related("actor", description=_("by")))
    applied_moment = staticmethod(timed("applied_at", description=_("applied at")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what a manifest is called by."""
        return super().get_queryset(request).select_related("app", "actor")

    @column(_("document"))
    def written(self, row: CatalogManifest) -> str:
        """Write the document as its partner would."""
        return code_html(json.dumps(row.document))

"""Sites of organizations."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from apps.accounts.models import Site
from apps.core.admin import StaffAdmin, related


@admin.register(Site)
class SiteAdmin(StaffAdmin):
    """Sites. Their name in links and callbacks is given once."""

    list_display = ("label", "site_name", "domain", "organization_link", "created_at")
    list_filter = (("organization", AutocompleteSelectFilter),)
    list_select_related = ("organization",)
    search_fields = ("label", "site_name", "domain", "organization__name", "external_id")
    search_help_text = _("Name, site name, domain or organization")
    ordering = ("label", "pk")
    autocomplete_fields = ("organization",)
    # Source and external id are the host product's: it finds the site by them.
    readonly_fields = ("public_id", "number", "source", "external_id", "created_at")
    export_fields = (
        "public_id",
        "number",
        "site_name",
        "label",
        "domain",
        "organization__slug",
        "created_at",
    )
    fieldsets = (
        (None, {"fields": ("organization", "site_name", "label", "domain")}),
        (
            _("Site admin"),
            {
                "fields": ("contact_name", "contact_email", "contact_phone"),
                "description": _(
                    "Whom clients are told to ask. Empty: the organization's contact, else its "
                    "owner."
                ),
            },
        ),
        (
            _("Ids and dates"),
            {
                "classes": ("collapse",),
                "fields": ("public_id", "number", "source", "external_id", "created_at"),
            },
        ),
    )

    organization_link = staticmethod(related("organization", description=_("organization")))

    def get_readonly_fields(self, request: HttpRequest, obj: Site | None = None) -> Any:
        """Hold what others already know the site by."""
        fields = tuple(super().get_readonly_fields(request, obj))
        return (*fields, "site_name", "organization") if obj else fields

    def has_delete_permission(self, request: HttpRequest, obj: Site | None = None) -> bool:
        """Nobody: installations, orders and entitlements name it."""
        return False

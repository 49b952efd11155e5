"""Organizations: buyers and vendors, with their members and sites."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter

from apps.accounts.admin.memberships import MembershipForm, MembershipFormSet
from apps.accounts.admin.memberships import MembershipInline as PersonsMembershipInline
from apps.accounts.models import Organization, Site
from apps.accounts.services import create_organization
from apps.core.admin import (
    ConfigurationAdmin,
    WholeRowForm,
    adopt,
    badge,
    badge_html,
    column,
    related,
)
from apps.subscriptions.models import Subscription

KIND_COLOURS = {Organization.Kind.ORGANIZATION: "info"}


class MemberInline(PersonsMembershipInline):
    """The members of an organization."""

    form = MembershipForm
    formset = MembershipFormSet
    fields = ("user", "role", "site_count")
    autocomplete_fields = ("user",)
    verbose_name = _("member")
    verbose_name_plural = _("members")


class SiteForm(WholeRowForm):
    """Names a site once."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk and "site_name" in self.fields:
            self.fields["site_name"].disabled = True

    class Meta:
        model = Site
        fields = ("label", "site_name", "domain")


class SiteInline(TabularInline):
    """The sites of an organization. A site's name in links is given once."""

    model = Site
    form = SiteForm
    fields = ("label", "site_name", "domain")
    extra = 0
    can_delete = False
    show_change_link = True
    tab = True

    def get_queryset(self, request: HttpRequest) -> Any:
        """List them by name."""
        return super().get_queryset(request).order_by("label", "pk")


class OrganizationForm(WholeRowForm):
    """Edits an organization."""

    class Meta:
        model = Organization
        fields = "__all__"


@admin.register(Organization)
class OrganizationAdmin(ConfigurationAdmin):
    """Organizations."""

    form = OrganizationForm
    list_display = (
        "name",
        "kind_badge",
        "what",
        "owner_link",
        "currency",
        "time_zone",
        "language",
        "created_at",
    )
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("is_vendor", BooleanRadioFilter),
        ("is_sandbox", BooleanRadioFilter),
        "currency",
    )
    list_select_related = ("owner",)
    search_fields = ("name", "slug", "owner__email", "=number", "external_id")
    search_help_text = _("Name, owner's e-mail address or number")
    ordering = ("name", "pk")
    # Source and external id are the host product's: it finds the organization by them.
    readonly_fields = (
        "owner_link",
        "public_id",
        "number",
        "source",
        "external_id",
        "created_at",
    )
    autocomplete_fields = ("owner",)
    inlines = (MemberInline, SiteInline)
    export_fields = (
        "public_id",
        "number",
        "kind",
        "name",
        "slug",
        "owner__email",
        "time_zone",
        "language",
        "currency",
        "is_vendor",
        "is_sandbox",
        "created_at",
    )
    fieldsets = (
        (None, {"fields": (("name", "slug"), ("kind", "owner_link"), ("is_vendor", "is_sandbox"))}),
        (_("Language, time and money"), {"fields": ("language", "time_zone", "currency")}),
        (
            _("Contact"),
            {
                "fields": ("contact_name", "contact_email", "contact_phone"),
                "description": _(
                    "Whom clients are told to ask where a site names nobody. Empty: the owner."
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
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "slug",
                    "owner",
                    "is_vendor",
                    "language",
                    "time_zone",
                    "currency",
                ),
                "description": _("The owner becomes its first member."),
            },
        ),
    )
    prepopulated_fields = {"slug": ("name",)}

    owner_link = staticmethod(related("owner", description=_("owner")))
    kind_badge = staticmethod(badge("kind", KIND_COLOURS, description=_("kind")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along the owner."""
        return super().get_queryset(request).select_related("owner")

    @column(_("role on the marketplace"))
    def what(self, row: Organization) -> str:
        """Say whether it publishes apps, or plays."""
        if row.is_sandbox:
            return badge_html(_("Sandbox"), "warn")
        return badge_html(_("Vendor"), "accent") if row.is_vendor else badge_html(_("Buyer"))

    def get_inlines(self, request: HttpRequest, obj: Organization | None) -> Any:
        """A new organization has neither."""
        return self.inlines if obj else ()

    def get_form(
        self, request: HttpRequest, obj: Organization | None = None, **options: Any
    ) -> Any:
        """Ask for a new organization's few facts with a plain form: the rest has its defaults."""
        if obj is None:
            options["form"] = forms.ModelForm
        return super().get_form(request, obj, **options)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Propose a short name while there is none."""
        return {} if obj else self.prepopulated_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Organization | None = None) -> Any:
        """Hold what cannot change any more, now that others rely on it."""
        fields = tuple(super().get_readonly_fields(request, obj))
        if obj is None:
            return fields
        fields = (*fields, "kind", "is_sandbox")
        pays = Subscription.objects.filter(
            organization=obj, status__in=Subscription.LIVE, price__isnull=False
        )
        # What it pays is in this currency, and nothing is ever converted.
        return (*fields, "currency") if pays.exists() else fields

    def save_model(self, request: HttpRequest, obj: Organization, form: Any, change: bool) -> None:
        """Make a new organization with its owner as the first member."""
        if change:
            super().save_model(request, obj, form, change)
            return
        organization = create_organization(
            name=obj.name,
            owner=obj.owner,
            is_vendor=obj.is_vendor,
            time_zone=obj.time_zone,
            language=obj.language,
            currency=obj.currency,
            slug=obj.slug,
        )
        adopt(obj, organization)

    def has_delete_permission(self, request: HttpRequest, obj: Organization | None = None) -> bool:
        """Nobody: orders, payments and the ledger name it."""
        return False

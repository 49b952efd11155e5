"""Apps: their facts and texts, their listing, their manifest and their credentials."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import StackedInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from apps.accounts.models import Organization
from apps.backoffice.admin.manifests import ManifestPages
from apps.backoffice.attention import paid_plans_without_price
from apps.catalog.admin.credentials import show_credential
from apps.catalog.admin.profiles import AppProfileForm, ProfileFormSet
from apps.catalog.models import App, AppCredential, AppProfile, Plan
from apps.catalog.services import change_app_status, create_app, issue_basic_credential
from apps.core.admin import (
    ConfigurationAdmin,
    FactInline,
    LinesField,
    ReasonForm,
    StaffRequest,
    WholeRowForm,
    adopt,
    badge,
    badge_html,
    column,
    link_to,
    own_link,
    related,
    step,
)
from apps.core.clock import current_time
from apps.core.origins import is_allowed_origin

STATUS_COLOURS = {
    App.Status.PUBLISHED: "ok",
    App.Status.SUSPENDED: "bad",
    App.Status.DELISTED: "warn",
}
_URLS = ("install_url", "change_url", "uninstall_url", "launch_url")


class AppForm(WholeRowForm):
    """Edits an app; its status moves by buttons alone."""

    supported_locales = LinesField(label=gettext_lazy("Languages"))
    categories = LinesField(label=gettext_lazy("Categories"))
    required_fields = LinesField(label=gettext_lazy("Required fields"))
    scopes = LinesField(
        label=gettext_lazy("Scopes"),
        help_text=gettext_lazy("One per line. A change reaches future installations only."),
    )

    class Meta:
        model = App
        exclude = ("status",)

    def clean(self) -> dict[str, Any]:
        """Refuse addresses without TLS, save those that the settings allow for development."""
        data: dict[str, Any] = super().clean() or {}
        for name in _URLS:
            url = data.get(name)
            if url and not url.startswith("https://") and not is_allowed_origin(url):
                self.add_error(name, ValidationError(_("Use an https address.")))
        return data


class AppProfileInline(StackedInline):
    """The store's texts of an app."""

    model = AppProfile
    form = AppProfileForm
    formset = ProfileFormSet
    extra = 0
    tab = True
    verbose_name_plural = gettext_lazy("store texts")


class PlanInline(FactInline):
    """The plans of an app, each with a page of its own."""

    model = Plan
    fields = ("name", "plan_type", "grade", "is_hidden", "is_default", "standing")
    readonly_fields = ("name", "standing")
    ordering = ("retired_at", "grade")
    tab = True

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what each line shows."""
        return super().get_queryset(request).select_related("app", "sku")

    @column(gettext_lazy("plan"))
    def name(self, row: Plan) -> str:
        """Name the plan within its app."""
        return link_to(row, row.sku.slug)

    @column(gettext_lazy("standing"))
    def standing(self, row: Plan) -> str:
        """Say whether it is sold."""
        return badge_html(_("Retired")) if row.is_retired else badge_html(_("Live"), "ok")


class CredentialInline(FactInline):
    """The credentials of an app's server, without their secrets."""

    model = AppCredential
    fields = ("name", "kind", "mode", "created_at", "revoked_at")
    readonly_fields = ("name",)
    ordering = ("-created_at",)
    tab = True

    name = staticmethod(own_link("identifier", description=gettext_lazy("user name")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what a credential is called by."""
        return super().get_queryset(request).select_related("app")


def _may_move_to(*statuses: str) -> Any:
    return lambda app: app.status in statuses


@admin.register(App)
class AppAdmin(ManifestPages, ConfigurationAdmin):
    """Apps."""

    form = AppForm
    change_form_outer_before_template = "admin/catalog/app/notices.html"
    list_display = ("name", "vendor_link", "status_badge", "program", "uuid", "created_at")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        "program",
        ("vendor", AutocompleteSelectFilter),
        "is_in_beta",
    )
    list_select_related = ("vendor", "program")
    search_fields = ("name", "slug", "uuid", "vendor__name", "=number")
    search_help_text = gettext_lazy("Name, UUID or vendor")
    ordering = ("name", "pk")
    readonly_fields = (
        "status_badge",
        "vendor_link",
        "uuid",
        "number",
        "public_key",
        "site_webhook",
        "extras",
        "created_at",
    )
    inlines = (PlanInline, AppProfileInline, CredentialInline)
    actions_list = ("import_manifest",)
    actions_detail = (
        {
            "title": gettext_lazy("Listing"),
            "icon": "storefront",
            "items": ["publish", "suspend", "delist"],
        },
        {
            "title": gettext_lazy("Manifest"),
            "icon": "description",
            "items": ["import_manifest_of_app", "export_manifest"],
        },
        "issue_credential",
    )
    export_fields = (
        "uuid",
        "number",
        "name",
        "slug",
        "vendor__slug",
        "program__slug",
        "status",
        "install_url",
        "change_url",
        "uninstall_url",
        "launch_url",
        "window_type",
        "visible_to_clients",
        "is_in_beta",
        "created_at",
    )
    fieldsets = (
        (None, {"fields": (("name", "slug"), ("vendor_link", "program"), "status_badge")}),
        (
            gettext_lazy("How the app is reached"),
            {
                "fields": (*_URLS, "window_type", "repeats_are_safe"),
                "description": gettext_lazy("Blank: the app is not asked about that."),
            },
        ),
        (
            gettext_lazy("Who sees it"),
            {"fields": (("visible_to_clients", "is_in_beta"), "supported_locales", "categories")},
        ),
        (gettext_lazy("What it needs"), {"fields": ("scopes", "required_fields")}),
        (
            gettext_lazy("Keys and ids"),
            {
                "classes": ("collapse",),
                "fields": ("uuid", "number", "public_key", "site_webhook", "extras", "created_at"),
            },
        ),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": ("vendor", "program", "name", "slug"),
                "description": gettext_lazy(
                    "Makes a draft with its signing secret and keys. Import a manifest instead to "
                    "have its addresses, texts and plans at once."
                ),
            },
        ),
    )
    prepopulated_fields = {"slug": ("name",)}

    status_badge = staticmethod(badge("status", STATUS_COLOURS, description=gettext_lazy("status")))
    vendor_link = staticmethod(related("vendor", description=gettext_lazy("vendor")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what an app is listed with."""
        return super().get_queryset(request).select_related("vendor", "program")

    def get_inlines(self, request: HttpRequest, obj: App | None) -> Any:
        """A new app has none of these yet."""
        return self.inlines if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Propose a short name while there is none."""
        return {} if obj else self.prepopulated_fields

    def get_form(self, request: HttpRequest, obj: App | None = None, **options: Any) -> Any:
        """Ask for a new app's few facts with a plain form: the rest has its defaults."""
        if obj is None:
            options["form"] = forms.ModelForm
        return super().get_form(request, obj, **options)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Offer vendors alone as the vendor of an app."""
        if db_field.name == "vendor":
            options["queryset"] = Organization.objects.filter(is_vendor=True).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **options)

    def save_model(self, request: HttpRequest, obj: App, form: Any, change: bool) -> None:
        """Make a new app with its secret and its keys."""
        if change:
            super().save_model(request, obj, form, change)
            return
        app = create_app(vendor=obj.vendor, program=obj.program, name=obj.name, slug=obj.slug)
        adopt(obj, app)

    def has_delete_permission(self, request: HttpRequest, obj: App | None = None) -> bool:
        """Nobody: an app is delisted, for its buyers and their orders point at it."""
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Say on top which plans nobody can buy for want of a price."""
        context = dict(extra_context or {})
        if request.method == "GET" and object_id.isdigit():
            context["unsold_plans"] = list(
                paid_plans_without_price(current_time()).filter(app=int(object_id))
            )
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    @step(
        gettext_lazy("Publish"),
        gettext_lazy("The app appears on the store and is for sale at once."),
        form=ReasonForm,
        icon="publish",
        open_when=_may_move_to(App.Status.DRAFT, App.Status.SUSPENDED, App.Status.DELISTED),
    )
    def publish(self, request: StaffRequest, app: App, data: dict[str, Any]) -> str:
        """Put the app on the store."""
        return self._move(request, app, App.Status.PUBLISHED, data["reason"])

    @step(
        gettext_lazy("Suspend"),
        gettext_lazy(
            "No sale and no launch from now on; open orders are called off and their money is "
            "freed. Who has the app keeps it, but cannot open it."
        ),
        form=ReasonForm,
        is_dangerous=True,
        open_when=_may_move_to(App.Status.PUBLISHED),
    )
    def suspend(self, request: StaffRequest, app: App, data: dict[str, Any]) -> str:
        """Stop sales and launches."""
        return self._move(request, app, App.Status.SUSPENDED, data["reason"])

    @step(
        gettext_lazy("Delist"),
        gettext_lazy("No sale from now on; what runs goes on until its period ends."),
        form=ReasonForm,
        is_dangerous=True,
        open_when=_may_move_to(App.Status.PUBLISHED, App.Status.SUSPENDED),
    )
    def delist(self, request: StaffRequest, app: App, data: dict[str, Any]) -> str:
        """Stop sales."""
        return self._move(request, app, App.Status.DELISTED, data["reason"])

    def _move(self, request: StaffRequest, app: App, status: str, reason: str) -> str:
        moved = change_app_status(
            actor=request.user, now=current_time(), app=app, status=status, reason=reason
        )
        return _("%(app)s is %(status)s now.") % {
            "app": moved,
            "status": moved.get_status_display().lower(),
        }

    @step(
        gettext_lazy("Issue credential"),
        gettext_lazy(
            "A user name and password with which the app's server signs in. Shown once. Older ones "
            "keep working until they are revoked."
        ),
        icon="vpn_key",
    )
    def issue_credential(
        self, request: HttpRequest, app: App, data: dict[str, Any]
    ) -> HttpResponse:
        """Issue a credential and show it, this once."""
        new = issue_basic_credential(app=app)
        self.log_addition(request, new.row, _("Issued"))
        return show_credential(self, request, new.row, new.password)

"""Who works in which organization, in which role, and which sites a client sees."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.forms import PaginationInlineFormSet

from apps.accounts.models import Membership, Organization, SiteAccess
from apps.core.admin import ConfigurationAdmin, WholeRowForm, badge, column, related

ROLE_COLOURS = {Membership.Role.OWNER: "accent", Membership.Role.CLIENT: "info"}


class MembershipForm(WholeRowForm):
    """Keeps the owner an owner, and personal organizations personal."""

    constraint_errors = {
        "accounts_membership_one_role": (
            "user",
            gettext_lazy("This person is a member already. Change the role they have."),
        )
    }

    def clean(self) -> dict[str, Any]:
        """Refuse what would leave an organization without its owner."""
        data: dict[str, Any] = super().clean() or {}
        user = data.get("user") or getattr(self.instance, "user", None)
        organization = data.get("organization") or getattr(self.instance, "organization", None)
        if user is None or organization is None:
            return data
        is_owner = organization.owner_id == user.pk
        if is_owner and data.get("role") != Membership.Role.OWNER:
            self.add_error("role", _("The organization's owner keeps this role."))
        if not is_owner and organization.kind == Organization.Kind.PERSONAL:
            self.add_error(None, _("A personal organization has no other members."))
        return data


class MembershipFormSet(PaginationInlineFormSet):
    """Keeps the owner's own membership."""

    def clean(self) -> None:
        """Refuse to remove the owner."""
        super().clean()
        for form in self.deleted_forms:
            if form.instance.organization.owner_id == form.instance.user_id:
                raise ValidationError(
                    _("%(person)s owns %(organization)s and stays a member."),
                    params={
                        "person": form.instance.user,
                        "organization": form.instance.organization,
                    },
                )


class MembershipInline(TabularInline):
    """The memberships of a person, or of an organization."""

    model = Membership
    form = MembershipForm
    formset = MembershipFormSet
    fields = ("organization", "role", "site_count")
    readonly_fields = ("site_count",)
    autocomplete_fields = ("organization",)
    extra = 0
    show_change_link = True
    tab = True

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what each line shows."""
        rows = super().get_queryset(request)
        return rows.select_related("user", "organization").prefetch_related("site_access")

    @column(gettext_lazy("sites a client sees"))
    def site_count(self, row: Membership) -> str:
        """Say how many sites are named for a client; other roles see all of them, or none."""
        if not row.role:
            return "—"
        if row.role != Membership.Role.CLIENT:
            return _("all") if row.may_buy else _("none")
        return str(len(row.site_access.all()))


class SiteAccessFormSet(PaginationInlineFormSet):
    """Keeps clients within their organization."""

    def clean(self) -> None:
        """Refuse sites of other organizations."""
        super().clean()
        for form in self.forms:
            site = form.cleaned_data.get("site") if hasattr(form, "cleaned_data") else None
            if site is not None and site.organization_id != self.instance.organization_id:
                form.add_error("site", _("This site belongs to another organization."))


class SiteAccessInline(TabularInline):
    """The sites that a client sees."""

    model = SiteAccess
    formset = SiteAccessFormSet
    fields = ("site",)
    autocomplete_fields = ("site",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what each line shows."""
        return super().get_queryset(request).select_related("site", "membership__user")


@admin.register(Membership)
class MembershipAdmin(ConfigurationAdmin):
    """Memberships, with the sites named for a client."""

    form = MembershipForm
    list_display = ("person", "organization_link", "role_badge", "created_at")
    list_display_links = ("role_badge",)
    list_filter = (
        ("role", ChoicesDropdownFilter),
        ("organization", AutocompleteSelectFilter),
    )
    list_select_related = ("user", "organization")
    search_fields = ("user__email", "user__name", "organization__name")
    search_help_text = gettext_lazy("Person or organization")
    ordering = ("organization__name", "user__email")
    fields = ("user", "organization", "role", "created_at")
    readonly_fields = ("created_at",)
    autocomplete_fields = ("user", "organization")
    inlines = (SiteAccessInline,)
    export_fields = ("user__email", "organization__slug", "role", "created_at")

    person = staticmethod(related("user", description=gettext_lazy("person")))
    organization_link = staticmethod(
        related("organization", description=gettext_lazy("organization"))
    )
    role_badge = staticmethod(badge("role", ROLE_COLOURS, description=gettext_lazy("role")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what a membership is called by."""
        return super().get_queryset(request).select_related("user", "organization")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who and where are what a membership is: another one is another row."""
        fields = tuple(super().get_readonly_fields(request, obj))
        return (*fields, "user", "organization") if obj else fields

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Only clients have named sites."""
        return self.inlines if obj and obj.role == Membership.Role.CLIENT else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may, but never the owner's own."""
        if obj is not None and obj.organization.owner_id == obj.user_id:
            return False
        return bool(super().has_delete_permission(request, obj))

"""People, the groups of marketplace staff, and second factors."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from apps.accounts.admin.memberships import MembershipInline
from apps.accounts.models import User
from apps.accounts.services import create_person
from apps.core.admin import FactAdmin, StaffAdmin, adopt, column, related, timed

# Sign-in by other services is not offered, and an e-mail address is its person's own field here:
# these tables are allauth's own business.
for unused in (EmailAddress, SocialAccount, SocialApp, SocialToken, Authenticator, Group):
    admin.site.unregister(unused)


class NewPersonForm(UserCreationForm):
    """Makes a person, with or without a password."""

    class Meta:
        model = User
        fields = ("email", "name", "language")

    def clean_email(self) -> str:
        """Keep addresses in lower case, as they are compared."""
        return str(self.cleaned_data["email"]).lower()


class PersonForm(UserChangeForm):
    """Edits a person."""

    class Meta:
        model = User
        fields = "__all__"

    def clean_email(self) -> str:
        """Keep addresses in lower case, as they are compared."""
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class UserAdmin(DjangoUserAdmin, StaffAdmin):  # type: ignore[misc,type-arg]
    """People. They are shut out, never deleted: orders and histories name them."""

    form = PersonForm
    add_form = NewPersonForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "name", "language", "is_staff", "is_active", "last_login_moment")
    list_filter = (
        ("is_staff", BooleanRadioFilter),
        ("is_superuser", BooleanRadioFilter),
        ("is_active", BooleanRadioFilter),
        "groups",
    )
    search_fields = ("email", "name", "external_id")
    search_help_text = _("Name, e-mail address or id in the host product")
    ordering = ("email",)
    filter_horizontal = ()
    # Source and external id are the host product's: it finds the person by them.
    readonly_fields = (
        "public_id",
        "number",
        "source",
        "external_id",
        "last_login_moment",
        "created_at",
    )
    inlines = (MembershipInline,)
    export_fields = (
        "public_id",
        "number",
        "email",
        "name",
        "language",
        "is_staff",
        "is_active",
        "created_at",
        "last_login",
    )
    fieldsets = (
        (None, {"fields": ("email", "name", "language", "password")}),
        (
            _("Rights"),
            {
                "fields": ("is_active", "is_staff", "is_superuser", "groups"),
                "description": _(
                    "What a person may do in an organization is in their memberships. Groups give "
                    "rights in this admin site to marketplace staff."
                ),
            },
        ),
        (
            _("Ids and dates"),
            {
                "classes": ("collapse",),
                "fields": (
                    "public_id",
                    "number",
                    "source",
                    "external_id",
                    "last_login_moment",
                    "created_at",
                ),
            },
        ),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "email",
                    "name",
                    "language",
                    "usable_password",
                    "password1",
                    "password2",
                )
            },
        ),
    )

    last_login_moment = staticmethod(timed("last_login", description=_("last signed in")))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Offer the few groups as boxes to tick."""
        options["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        return super().formfield_for_manytomany(db_field, request, **options)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        """A new person has no memberships but the one in their personal organization."""
        return self.inlines if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Let superusers alone hand out rights, or anyone could raise their own."""
        fields = tuple(super().get_readonly_fields(request, obj))
        if request.user.is_superuser:
            return fields
        return (*fields, "is_staff", "is_superuser", "groups")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Let superusers alone change marketplace staff, the password included.

        Whoever sets another's address or password signs in with that person's rights. Their own
        row people may change; what gives rights is read-only there.
        """
        if obj is not None and obj.pk != request.user.pk and not request.user.is_superuser:
            is_of_staff = obj.is_staff or obj.is_superuser
            return not is_of_staff and bool(super().has_change_permission(request, obj))
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody: take away “active” instead."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Make a new person with the personal organization that each one has."""
        if change:
            super().save_model(request, obj, form, change)
            return
        person = create_person(
            email=obj.email,
            name=obj.name,
            language=obj.language,
            password=form.cleaned_data.get("password1") or None,
        )
        adopt(obj, person)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, StaffAdmin):  # type: ignore[misc]
    """Named sets of rights in this admin site."""

    list_display = ("name",)
    search_fields = ("name",)
    export_fields = ("name",)


@admin.register(Authenticator)
class SecondFactorAdmin(FactAdmin):
    """Second factors. Deleting one lets a person in who lost theirs."""

    read_only_because = _(
        "People set these up themselves. Delete one when its owner has lost it and you are sure "
        "who is asking; they then sign in with their password alone."
    )
    list_display = ("kind", "person", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__email", "user__name")
    fields = ("person", "type", "created_at", "last_used_at")
    readonly_fields = ("person",)

    person = staticmethod(related("user", description=_("person")))

    @column(_("second factor"), ordering="type")
    def kind(self, row: Authenticator) -> str:
        """Name the kind of factor."""
        return str(row.get_type_display())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers alone."""
        return bool(request.user.is_superuser)

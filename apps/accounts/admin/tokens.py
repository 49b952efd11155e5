"""API tokens of people: listed without secrets, shown once when they are issued."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.accounts.models import Membership, Token
from apps.accounts.services import issue_token, revoke_token
from apps.core.admin import (
    FactAdmin,
    StepForm,
    badge_html,
    column,
    list_step,
    related,
    shown_once,
    step,
    timed,
)
from apps.core.clock import current_time
from apps.core.errors import DomainError


class TokenRefused(DomainError):
    """The token is not issued by this person."""

    code = "token_refused"


class IssueTokenForm(StepForm):
    """Asks for whom and where, and for a name to know the token by."""

    email = forms.EmailField(
        label=gettext_lazy("Person's e-mail address"), widget=UnfoldAdminTextInputWidget()
    )
    organization = forms.SlugField(
        label=gettext_lazy("Organization's short name"),
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("The person must be a member of it."),
    )
    name = forms.CharField(
        label=gettext_lazy("Name of the token"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("What it is for, such as “nightly import”."),
    )

    def clean(self) -> dict[str, Any]:
        """Find the membership that the two names mean."""
        data: dict[str, Any] = super().clean() or {}
        if "email" not in data or "organization" not in data:
            return data
        data["membership"] = (
            Membership.objects.filter(
                user__email__iexact=data["email"],
                user__is_active=True,
                organization__slug=data["organization"],
            )
            .select_related("user", "organization")
            .first()
        )
        if data["membership"] is None:
            raise ValidationError(
                _("No active person with this address is a member of that organization.")
            )
        return data


@admin.register(Token)
class TokenAdmin(FactAdmin):
    """API tokens."""

    read_only_because = gettext_lazy(
        "Only a token's fingerprint is kept. Issue a new one or revoke this one; nothing else can "
        "be done to it."
    )
    list_display = (
        "name",
        "ending",
        "person",
        "organization_link",
        "state",
        "created_moment",
        "used_moment",
    )
    list_filter = (
        ("organization", AutocompleteSelectFilter),
        ("user", AutocompleteSelectFilter),
    )
    list_select_related = ("user", "organization")
    search_fields = ("name", "hint", "user__email", "organization__name")
    search_help_text = gettext_lazy("Name, last characters, person or organization")
    ordering = ("-created_at",)
    fields = (
        "name",
        "ending",
        "person",
        "organization_link",
        "state",
        "created_at",
        "expires_at",
        "revoked_at",
        "used_moment",
    )
    readonly_fields = ("ending", "person", "organization_link", "state", "used_moment")
    actions_list = ("issue",)
    actions_detail = ("revoke",)
    export_fields = (
        "name",
        "hint",
        "user__email",
        "organization__slug",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
    )

    person = staticmethod(related("user", description=gettext_lazy("person")))
    organization_link = staticmethod(
        related("organization", description=gettext_lazy("organization"))
    )
    created_moment = staticmethod(timed("created_at", description=gettext_lazy("issued")))
    used_moment = staticmethod(timed("last_used_at", description=gettext_lazy("last used")))

    @column(gettext_lazy("ends in"), ordering="hint")
    def ending(self, row: Token) -> str:
        """Show the last characters, by which its owner knows it."""
        return f"…{row.hint}"

    @column(gettext_lazy("state"))
    def state(self, row: Token) -> str:
        """Say whether it opens anything."""
        if row.revoked_at is not None:
            return badge_html(_("Revoked"))
        if not row.is_usable(current_time()):
            return badge_html(_("Expired"))
        return badge_html(_("Usable"), "ok")

    @list_step(
        gettext_lazy("Issue token"),
        gettext_lazy("The token is shown once. It may do what the person may do there."),
        form=IssueTokenForm,
        icon="add",
    )
    def issue(self, request: HttpRequest, data: dict[str, Any]) -> HttpResponse:
        """Issue a token and show it, this once.

        A token acts as its person: for marketplace staff it would lend rights that the one who
        issues it may not have.
        """
        user = data["membership"].user
        if (user.is_staff or user.is_superuser) and not request.user.is_superuser:
            raise TokenRefused(
                _("Superusers alone issue tokens in the name of marketplace staff."), field="email"
            )
        token = issue_token(
            user=user,
            organization=data["membership"].organization,
            name=data["name"],
        )
        self.log_addition(request, token.row, _("Issued"))
        return shown_once(
            self,
            request,
            title=_("Token for %(person)s") % {"person": token.row.user},
            secrets=[(_("API token"), token.secret)],
            back=reverse("admin:accounts_token_changelist"),
        )

    @step(
        gettext_lazy("Revoke token"),
        gettext_lazy("Programs that use it are turned away from now on. This cannot be undone."),
        is_dangerous=True,
        open_when=lambda token: token.revoked_at is None,
    )
    def revoke(self, request: HttpRequest, token: Token, data: dict[str, Any]) -> str:
        """Stop a token from opening anything."""
        revoke_token(now=current_time(), token=token)
        return _("Token %(token)s is revoked.") % {"token": token}

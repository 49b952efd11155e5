"""Credentials of apps' servers: listed without secrets, shown once when they are issued."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from apps.catalog.models import AppCredential
from apps.catalog.services import issue_basic_credential, revoke_credential
from apps.core.admin import FactAdmin, badge_html, column, related, shown_once, step, timed
from apps.core.clock import current_time


def _is_usable_basic(credential: AppCredential) -> bool:
    return credential.revoked_at is None and credential.kind == AppCredential.Kind.BASIC


@admin.register(AppCredential)
class AppCredentialAdmin(FactAdmin):
    """What apps' servers sign in with."""

    read_only_because = gettext_lazy(
        "Only a fingerprint of the password is kept. Issue a credential on its app's page; here it "
        "is rotated or revoked."
    )
    list_display = ("identifier", "app_link", "kind", "mode", "state", "created_at", "revoked_at")
    list_filter = (
        ("app", AutocompleteSelectFilter),
        ("kind", ChoicesDropdownFilter),
        ("mode", ChoicesDropdownFilter),
    )
    list_select_related = ("app",)
    search_fields = ("identifier", "app__name")
    search_help_text = gettext_lazy("User name or app")
    ordering = ("-created_at",)
    fields = ("app_link", "identifier", "kind", "mode", "scopes", "state", "created_at")
    readonly_fields = ("app_link", "state")
    actions_detail = ("rotate", "revoke")
    export_fields = ("app__slug", "identifier", "kind", "mode", "created_at", "revoked_at")

    app_link = staticmethod(related("app", description=gettext_lazy("app")))
    created_moment = staticmethod(timed("created_at", description=gettext_lazy("issued")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what a credential is called by."""
        return super().get_queryset(request).select_related("app")

    @column(gettext_lazy("state"))
    def state(self, row: AppCredential) -> str:
        """Say whether it opens anything."""
        return badge_html(_("Revoked")) if row.revoked_at else badge_html(_("Usable"), "ok")

    @step(
        gettext_lazy("Rotate"),
        gettext_lazy(
            "Issues a new user name and password for the same app and revokes this one at once: "
            "calls with it are turned away until the app has the new one."
        ),
        icon="sync",
        open_when=_is_usable_basic,
    )
    def rotate(
        self, request: HttpRequest, credential: AppCredential, data: dict[str, Any]
    ) -> HttpResponse:
        """Put a new credential in the place of this one and show it, this once."""
        with transaction.atomic():
            new = issue_basic_credential(app=credential.app, mode=credential.mode)
            revoke_credential(now=current_time(), credential=credential)
        self.log_addition(request, new.row, _("Issued in place of %s") % credential.identifier)
        return show_credential(self, request, new.row, new.password)

    @step(
        gettext_lazy("Revoke"),
        gettext_lazy("The app's server is turned away from now on. This cannot be undone."),
        is_dangerous=True,
        open_when=lambda credential: credential.revoked_at is None,
    )
    def revoke(self, request: HttpRequest, credential: AppCredential, data: dict[str, Any]) -> str:
        """Stop a credential from opening anything."""
        revoke_credential(now=current_time(), credential=credential)
        return _("%(name)s is revoked.") % {"name": credential.identifier}


def show_credential(
    page: Any, request: HttpRequest, row: AppCredential, password: str
) -> HttpResponse:
    """Show a credential that was just issued, this once."""
    return shown_once(
        page,
        request,
        title=_("Credential of %(app)s") % {"app": row.app},
        secrets=[(_("User name"), row.identifier), (_("Password"), password)],
        back=reverse("admin:catalog_appcredential_change", args=(row.pk,)),
    )

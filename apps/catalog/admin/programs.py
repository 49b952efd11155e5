"""Programs: the rules of sale, each a field."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from apps.catalog.models import Program
from apps.core.admin import ConfigurationAdmin, WholeRowForm, column


def _dialects() -> list[tuple[str, Any]]:
    return [("", _("The app is not asked")), *((name, name) for name in sorted(settings.DIALECTS))]


class ProgramForm(WholeRowForm):
    """Edits a program; dialects are chosen among those that exist."""

    plan_asks = forms.ChoiceField(
        label=_("Dialect of plan asks"),
        required=False,
        choices=_dialects,
        widget=UnfoldAdminSelectWidget(),
        help_text=_("In whose form an app is asked about installs and plan changes."),
    )
    upgrade_asks = forms.ChoiceField(
        label=_("Dialect of upgrade asks"),
        required=False,
        choices=_dialects,
        widget=UnfoldAdminSelectWidget(),
    )
    partner_edits = forms.MultipleChoiceField(
        label=_("Partners may edit"),
        required=False,
        choices=Program.PartnerEdit.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=_("What a partner's own manifest may change; the rest needs staff."),
    )

    class Meta:
        model = Program
        fields = "__all__"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # A dialect that a preset names and a later release brings is kept, not lost on saving.
        for name in ("plan_asks", "upgrade_asks"):
            stored = getattr(self.instance, name)
            if name in self.fields and stored and stored not in settings.DIALECTS:
                self.fields[name].choices = [*_dialects(), (stored, stored)]  # type: ignore[attr-defined]


@admin.register(Program)
class ProgramAdmin(ConfigurationAdmin):
    """Programs. A change acts on new orders only."""

    form = ProgramForm
    list_display = (
        "name",
        "installs_on",
        "commission",
        "downgrade",
        "upgrade_anchor",
        "plan_asks",
        "app_count",
    )
    search_fields = ("name", "slug", "description")
    ordering = ("name",)
    prepopulated_fields = {"slug": ("name",)}
    export_fields = (
        "slug",
        "name",
        "installs_on",
        "plan_asks",
        "upgrade_asks",
        "event_format",
        "ask_timeout",
        "ask_deadline",
        "downgrade",
        "upgrade_anchor",
        "after_end",
        "trial_days",
        "trial_end",
        "own_purchase",
        "commission_rate",
    )
    fieldsets = (
        (None, {"fields": ("name", "slug", "description", "assumptions")}),
        (
            _("Asking the app"),
            {
                "fields": (
                    "installs_on",
                    ("plan_asks", "upgrade_asks"),
                    ("ask_timeout", "ask_deadline"),
                    "event_format",
                )
            },
        ),
        (
            _("Changing plans"),
            {"fields": (("upgrade_anchor", "downgrade"), ("after_end", "own_purchase"))},
        ),
        (
            _("Trials"),
            {"fields": (("trial_days", "trial_end"), "trial_needs_payment_method")},
        ),
        (
            _("Money"),
            {"fields": ("commission_rate", ("payout_first", "payout_minimum"), "disable_credit")},
        ),
        (
            _("Limits and entitlements"),
            {"fields": (("max_plans", "max_subscription_skus"), "renewal_events")},
        ),
        (_("What partners may do"), {"fields": ("partner_edits",)}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count the apps under each program."""
        return super().get_queryset(request).annotate(apps_under=Count("apps"))

    def get_readonly_fields(self, request: HttpRequest, obj: Program | None = None) -> Any:
        """Hold the short name: commands and documents name programs by it."""
        fields = tuple(super().get_readonly_fields(request, obj))
        return (*fields, "slug") if obj else fields

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Propose a short name while there is none."""
        return {} if obj else self.prepopulated_fields

    @column(_("commission"), ordering="commission_rate")
    def commission(self, row: Program) -> str:
        """Write the share as people say it."""
        return f"{(row.commission_rate * 100).normalize():f} %"

    @column(_("apps"), ordering="apps_under")
    def app_count(self, row: Any) -> int:
        """Say how many apps a change would reach."""
        return int(row.apps_under)

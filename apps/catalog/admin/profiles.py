"""Texts of apps and plans per language: what is written is kept, what is shown is sanitised."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.catalog.features import DESCRIPTION_TAGS, FEATURE_TAGS, findings, sanitise
from apps.catalog.languages import is_language_tag
from apps.catalog.models import AppProfile, PlanProfile
from apps.core.admin import ConfigurationAdmin, LinesField, WholeRowForm, related


def clean_language(tag: str) -> str:
    """Return ``tag``. Raises ``ValidationError`` for what is no language."""
    if not is_language_tag(tag):
        raise ValidationError(
            _("“%(tag)s” is not a language tag. Use one such as en or pt-BR."),
            params={"tag": tag},
        )
    return tag


class PlanProfileForm(WholeRowForm):
    """Edits the texts of a plan in one language."""

    features = LinesField(
        label=gettext_lazy("Features"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "One per line. Links, bold and italics are shown; other tags are left out."
        ),
    )

    constraint_errors = {
        "catalog_planprofile_language": (
            "language",
            gettext_lazy("This plan has a text in that language already."),
        ),
        "catalog_planprofile_unique_name": (
            "name",
            gettext_lazy("Another plan of this app has that name in this language."),
        ),
    }

    class Meta:
        model = PlanProfile
        fields = ("language", "name", "subtitle", "features")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Texts of every language meet on one page: each runs in its own direction.
        for name in ("name", "subtitle", "features"):
            if name in self.fields:
                self.fields[name].widget.attrs["dir"] = "auto"

    def clean_language(self) -> str:
        """Take registered tags alone."""
        return clean_language(self.cleaned_data["language"])

    def clean_features(self) -> list[str]:
        """Refuse scripts; leave out every tag that is not on the short list."""
        lines: list[str] = self.cleaned_data["features"]
        for number, line in enumerate(lines, start=1):
            for danger in findings(line, FEATURE_TAGS).dangers:
                raise ValidationError(
                    _("Line %(number)s: %(danger)s"), params={"number": number, "danger": danger}
                )
        if "features" in self.changed_data:
            self.instance.features_source = lines
        return [sanitise(line) for line in lines]

    def _post_clean(self) -> None:
        if self.instance.app_id is None and self.instance.plan_id is not None:
            self.instance.app_id = self.instance.plan.app_id
        super()._post_clean()


class ProfileFormSet(PaginationInlineFormSet):
    """Keeps at least one text."""

    def clean(self) -> None:
        """Refuse to leave a plan or app without a word in any language."""
        super().clean()
        left = [
            form
            for form in self.forms
            if form not in self.deleted_forms and getattr(form, "cleaned_data", {}).get("language")
        ]
        if self.deleted_forms and not left:
            raise ValidationError(_("Keep a text in at least one language."))


@admin.register(PlanProfile)
class PlanProfileAdmin(ConfigurationAdmin):
    """Plan texts on their own, for their history; they are edited on their plan's page too."""

    form = PlanProfileForm
    list_display = ("name", "language", "plan_link", "subtitle", "is_live")
    list_filter = (("app", AutocompleteSelectFilter), "language", "is_live")
    list_select_related = ("plan__app", "plan__sku")
    search_fields = ("name", "subtitle", "app__name")
    search_help_text = gettext_lazy("Name, subtitle or app")
    ordering = ("app__name", "plan__grade", "language")
    fields = ("plan_link", "language", "name", "subtitle", "features")
    readonly_fields = ("plan_link",)
    export_fields = (
        "app__slug",
        "plan__uuid",
        "language",
        "name",
        "subtitle",
        "features",
        "is_live",
    )

    plan_link = staticmethod(related("plan", description=gettext_lazy("plan")))

    def get_queryset(self, request: HttpRequest) -> Any:
        """Bring along what a plan is called by."""
        return super().get_queryset(request).select_related("plan__app", "plan__sku")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody here: a new text is written on its plan's page."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody here: a plan's page sees whether it would be the last one."""
        return False


class AppProfileForm(WholeRowForm):
    """Edits the store texts of an app in one language."""

    constraint_errors = {
        "catalog_appprofile_language": (
            "language",
            gettext_lazy("This app has such a text in that language already."),
        )
    }

    class Meta:
        model = AppProfile
        fields = (
            "language",
            "is_white_label",
            "name",
            "short_description",
            "long_description",
            "logo_url",
            "public_page",
            "terms_of_service_page",
            "privacy_note_page",
        )
        widgets = {"long_description": UnfoldAdminTextareaWidget(attrs={"rows": 6})}

    def clean_language(self) -> str:
        """Take registered tags alone."""
        return clean_language(self.cleaned_data["language"])

    def clean_long_description(self) -> str:
        """Refuse scripts; leave out every tag that is not on the list."""
        text: str = self.cleaned_data["long_description"]
        if dangers := findings(text, DESCRIPTION_TAGS).dangers:
            raise forms.ValidationError(list(dangers))
        if "long_description" in self.changed_data:
            self.instance.long_description_source = text
        return sanitise(text, DESCRIPTION_TAGS)

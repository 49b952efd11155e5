"""Bases of the admin's pages, by what the rows are: facts, configuration, or neither."""

import functools
from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from import_export.admin import ExportMixin
from import_export.formats.base_formats import CSV, JSON, Format
from import_export.resources import modelresource_factory
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.import_export.forms import ExportForm
from unfold.dataclasses import UnfoldAction

from apps.core.admin.columns import NOTHING, Text


class StaffAdmin(ExportMixin, ModelAdmin):  # type: ignore[type-arg]
    """Lists that staff can search, filter and export, and buttons that ask before they act."""

    list_per_page = 50
    list_filter_submit = True
    empty_value_display = NOTHING
    list_after_template = "admin/times.html"
    change_form_outer_after_template = "admin/times.html"
    # Deleting by the hundred is no way to treat rows that others point at.
    actions: ClassVar[Any] = None
    formats: ClassVar[list[type[Format]]] = [CSV, JSON]
    export_form_class = ExportForm
    #: What an export holds: paths of fields, named one by one so that no secret slips in.
    export_fields: ClassVar[Sequence[str]] = ()

    def get_export_resource_classes(self, request: HttpRequest) -> list[Any]:
        """Return the one resource of this model: the fields in ``export_fields``."""
        return [self._export_resource]

    @functools.cached_property
    def _export_resource(self) -> Any:
        make: Any = modelresource_factory  # its stubs are a version behind
        return make(
            self.model,
            meta_options={
                "fields": tuple(self.export_fields),
                "export_order": tuple(self.export_fields),
            },
        )

    def get_export_queryset(self, request: HttpRequest) -> Any:
        """Bring along the rows that ``export_fields`` name, or each costs a query per row."""
        named = {path.rpartition("__")[0] for path in self.export_fields if "__" in path}
        rows = super().get_export_queryset(request)
        return rows.select_related(*named) if named else rows  # without names it takes all

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whoever may see the list may take it away, and nobody else."""
        return bool(self.export_fields) and bool(self.has_view_permission(request))

    def may_take_steps(self, request: HttpRequest) -> bool:
        """Whether the person may press buttons: the model's own right to change it.

        Asked apart from ``has_change_permission``, which is about the form: facts have no form.
        """
        return bool(request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}"))

    def has_step_permission(self, request: HttpRequest, object_id: object = None) -> bool:
        """Unfold's question before it shows a button."""
        return self.may_take_steps(request)

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[UnfoldAction]:
        """Show the buttons of the steps that are open to this row now."""
        buttons: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        if not buttons:
            return []
        row = self.get_object(request, object_id)
        return [
            button
            for button in buttons
            if row is not None
            and (getattr(button.method, "open_when", None) is None or button.method.open_when(row))
        ]


class FactAdmin(StaffAdmin):
    """Rows that nobody adds, changes or deletes: they record what happened."""

    #: Said on top of the page, so that nobody looks for the missing button.
    read_only_because: ClassVar[Text] = _("These rows record what happened.")
    change_form_outer_before_template: str | None = "admin/read_only_because.html"
    list_before_template = "admin/read_only_because.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody."""
        return False


class ConfigurationAdmin(SimpleHistoryAdmin, StaffAdmin):
    """Configuration that staff edit; each version is kept with who made it.

    Going back is an edit like any other: "revert" would write an old row over the new one, the
    fields that only services may move included.
    """

    def revert_disabled(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Old versions are read, never written back."""
        return True

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show an old version."""
        if request.method != "GET":
            raise PermissionDenied
        response: HttpResponse = super().history_form_view(
            request, object_id, version_id, extra_context
        )
        return response


class FactInline(TabularInline):
    """Rows of a page's object that are shown there and never edited."""

    extra = 0
    can_delete = False
    hide_title = True

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Return every field: an inline, unlike a page, builds its form before it asks."""
        return (*self.readonly_fields, *(name for name in self.fields or ()))

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody."""
        return False

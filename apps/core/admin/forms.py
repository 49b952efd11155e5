"""Form parts of admin pages."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.core.admin.columns import Text


class WholeRowForm(forms.ModelForm[Any]):
    """Checks every constraint of the row, those with fields that are not on the form included.

    Django leaves these out, such as the unique grade of a plan within its app where the app is
    read-only: the database would refuse, as a page of status 500.
    """

    #: Constraint name -> the field to blame and what to say; Django's text names the constraint.
    constraint_errors: ClassVar[Mapping[str, tuple[str, Text]]] = {}

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        constraints = self.instance._meta.constraints  # noqa: SLF001 - documented name
        self._forget({str(each.get_violation_error_message()) for each in constraints})
        if self.errors:
            return
        for constraint in constraints:
            try:
                constraint.validate(type(self.instance), self.instance)
            except ValidationError as error:
                field, text = self.constraint_errors.get(constraint.name, ("", None))
                self.add_error(
                    field if field in self.fields else None, error if text is None else str(text)
                )

    def _forget(self, texts: set[str]) -> None:
        """Drop what Django said about constraints: it is said again below, in better words."""
        found = self.errors.get(NON_FIELD_ERRORS)
        if found is None:
            return
        found.data = [error for error in found.as_data() if texts.isdisjoint(error.messages)]
        if not found.data:
            del self.errors[NON_FIELD_ERRORS]


class LinesField(forms.CharField):
    """A list of texts, edited as one text per line."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault("help_text", _("One per line."))
        options.setdefault("widget", UnfoldAdminTextareaWidget(attrs={"rows": 4}))
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        """Write a list as lines; what a person typed is given back as it was."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        """Read lines, leaving out empty ones."""
        if isinstance(value, list):
            return value
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the list differs: how its lines end does not matter."""
        return self.to_python(initial) != self.to_python(data)


def adopt(row: models.Model, made: models.Model) -> None:
    """Make the admin go on with the row that a service made out of the form.

    The admin saves, logs and redirects by the instance it took from the form.
    """
    row.__dict__.update(made.__dict__)

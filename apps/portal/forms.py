"""Forms of the agency pages."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.payments.services import expiry_problem


class CardForm(forms.Form):
    """A new card. The number goes to the gateway and is not kept."""

    number = forms.CharField(
        label=_("Card number"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "cc-number", "inputmode": "numeric"}),
    )
    expires_month = forms.TypedChoiceField(
        label=_("Expires, month"),
        coerce=int,
        choices=[(month, f"{month:02}") for month in range(1, 13)],
        widget=forms.Select(attrs={"autocomplete": "cc-exp-month"}),
    )
    expires_year = forms.TypedChoiceField(
        label=_("Expires, year"),
        coerce=int,
        widget=forms.Select(attrs={"autocomplete": "cc-exp-year"}),
    )

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = [(year, str(year)) for year in range(today.year, today.year + 16)]
        self.fields["expires_year"].choices = years  # type: ignore[attr-defined]
        # January of this year, which the lists begin with, is past for most of the year.
        self.fields["expires_month"].initial = today.month
        self.fields["expires_year"].initial = today.year + 1
        self._today = today

    def clean(self) -> dict[str, Any]:
        """Say what is wrong with the expiry also when the number never gets to the gateway."""
        data: dict[str, Any] = super().clean() or {}
        month, year = data.get("expires_month"), data.get("expires_year")
        if "number" in self.errors and month and year:
            problem = expiry_problem(month, year, self._today)
            if problem is not None:
                self.add_error(*problem)
        return data


class PreferencesForm(forms.Form):
    """The reader's language, and whether pages are light or dark."""

    language = forms.ChoiceField(label=_("Language"))
    theme = forms.ChoiceField(
        label=_("Look"),
        choices=[
            ("system", _("As the device")),
            ("light", _("Light")),
            ("dark", _("Dark")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = settings.LANGUAGES  # type: ignore[attr-defined]

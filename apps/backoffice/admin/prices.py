"""The form for a new price, and a plan's prices as its page shows them."""

import dataclasses
import datetime as dt
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from apps.accounts.validators import validate_currency
from apps.catalog.models import Price, Sku
from apps.core.admin import StepForm
from apps.core.clock import current_time, start_of_day
from apps.core.money import Money, current_currencies, minor_digits
from apps.subscriptions.models import Subscription

_WRITTEN = re.compile(r"(?P<whole>[0-9]{1,12})(?:[.,](?P<fraction>[0-9]+))?")
_YEARS_AHEAD = 5


class NewPriceForm(StepForm):
    """Asks for a price as people write it, and from when it applies."""

    recurrency = forms.ChoiceField(
        label=gettext_lazy("Paid"),
        choices=[
            choice for choice in Price.Recurrency.choices if choice[0] != Price.Recurrency.ONCE
        ],
        widget=UnfoldAdminSelectWidget(),
    )
    currency = forms.CharField(
        label=gettext_lazy("Currency"),
        max_length=3,
        initial="EUR",
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("ISO 4217, such as EUR. Nothing is converted."),
    )
    amount = forms.CharField(
        label=gettext_lazy("Price"),
        required=False,
        max_length=20,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
        help_text=gettext_lazy("For a whole month or year, such as 49.00."),
    )
    is_withdrawn = forms.BooleanField(
        label=gettext_lazy("Withdraw the price instead: not sold so from then on"),
        required=False,
        widget=UnfoldBooleanWidget(),
    )
    basis = forms.ChoiceField(
        label=gettext_lazy("Multiplied by"),
        choices=Price.Basis.choices,
        initial=Price.Basis.FLAT,
        widget=UnfoldAdminSelectWidget(),
    )
    unit_name = forms.CharField(
        label=gettext_lazy("Unit"),
        required=False,
        max_length=40,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("For prices per unit, such as “seat”."),
    )
    starts_on = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=UnfoldAdminSingleDateWidget(),
        help_text=gettext_lazy("The first day, from midnight UTC. Empty: now."),
    )

    def clean_currency(self) -> str:
        """Take ISO codes that somebody can pay in, in capitals."""
        code = str(self.cleaned_data["currency"]).upper()
        validate_currency(code)
        if code not in current_currencies():
            raise ValidationError(
                _("Nobody pays in %(currency)s today. Use a code such as EUR."),
                params={"currency": code},
            )
        return code

    def clean_starts_on(self) -> dt.date | None:
        """Refuse a start that can only be a slip: a price nobody will remember was scheduled."""
        day: dt.date | None = self.cleaned_data["starts_on"]
        today = current_time().date()
        # Compared by parts, because 29 February has no day five years on.
        last = (today.year + _YEARS_AHEAD, today.month, today.day)
        if day is not None and (day.year, day.month, day.day) > last:
            raise ValidationError(
                _("A price starts at most %(years)s years ahead."), params={"years": _YEARS_AHEAD}
            )
        return day

    def clean(self) -> dict[str, Any]:
        """Turn the price into minor units and the day into its first moment."""
        data: dict[str, Any] = super().clean() or {}
        first_day = data.get("starts_on")
        data["starts_at"] = start_of_day(first_day, "UTC") if first_day else None
        written = data.pop("amount", "")
        data["amount"] = None
        if data.get("is_withdrawn"):
            if written or "amount" in self.errors:
                self.add_error(
                    "is_withdrawn",
                    _("Either a new price or none: leave the price empty to withdraw it."),
                )
        elif written:
            try:
                data["amount"] = _minor_units(written, data.get("currency", ""))
            except ValidationError as error:
                self.add_error("amount", error)
        elif "amount" not in self.errors:
            self.add_error("amount", _("Enter a price, or withdraw it."))
        return data


def _minor_units(written: str, currency: str) -> int | None:
    """Read a price as people write it; ``None`` when its currency, refused elsewhere, is unknown.

    Not ``Decimal``'s own reading, which takes ``1e3`` for a thousand and ``NaN`` for a number.
    Nothing separates thousands: ``1,234`` would be one thing here and another there.
    """
    digits = minor_digits(currency) if currency else 2
    example = "49." + "0" * digits if digits else "49"
    parts = _WRITTEN.fullmatch(written)
    if parts is None:
        raise ValidationError(
            _("This is no price. Write %(example)s."), params={"example": example}
        )
    if not currency:
        return None
    whole, fraction = parts["whole"], parts["fraction"] or ""
    if len(fraction) > digits:
        raise ValidationError(
            _("%(currency)s has %(digits)s decimal places. Write %(example)s."),
            params={"currency": currency, "digits": digits, "example": example},
        )
    return int(whole + fraction.ljust(digits, "0"))


@dataclasses.dataclass(frozen=True, slots=True)
class PriceLine:
    """A row of a price's history as staff read it."""

    price: Price
    money: Money | None
    #: ``in_force``, ``scheduled`` or ``past``.
    standing: str
    #: How many live subscriptions pay this price.
    holders: int

    @property
    def is_sold(self) -> bool:
        """Whether it is in force and can be bought."""
        return self.standing == "in_force" and self.money is not None


def price_history(sku: Sku, now: dt.datetime) -> list[PriceLine]:
    """Return every price of ``sku`` by currency and recurrency, newest start first."""
    rows: QuerySet[Any] = (
        Price.objects.filter(sku=sku)
        .select_related("created_by")
        .annotate(
            holders=Count("subscriptions", filter=Q(subscriptions__status__in=Subscription.LIVE))
        )
        .order_by("currency", "recurrency", "-starts_at")
    )
    lines: list[PriceLine] = []
    found: set[tuple[str, str]] = set()
    for row in rows:
        key = (row.currency, row.recurrency)
        if row.starts_at > now:
            standing = "scheduled"
        else:
            standing = "past" if key in found else "in_force"
            found.add(key)
        money = None if row.amount is None else Money(row.amount, row.currency)
        lines.append(PriceLine(row, money, standing, row.holders))
    return lines

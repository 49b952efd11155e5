"""The form for a new price, and a plan's prices as its page shows them."""

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from apps.accounts.validators import validate_currency
from apps.catalog.models import Price, Sku
from apps.core.admin import StepForm
from apps.core.clock import start_of_day
from apps.core.money import Money, minor_digits
from apps.subscriptions.models import Subscription


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
    amount = forms.DecimalField(
        label=gettext_lazy("Price"),
        required=False,
        min_value=Decimal(0),
        max_digits=14,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}),
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
        """Take ISO codes, in capitals."""
        code = str(self.cleaned_data["currency"]).upper()
        validate_currency(code)
        return code

    def clean(self) -> dict[str, Any]:
        """Turn the price into minor units and the day into its first moment."""
        data: dict[str, Any] = super().clean() or {}
        first_day = data.get("starts_on")
        data["starts_at"] = start_of_day(first_day, "UTC") if first_day else None
        if data.get("is_withdrawn"):
            data["amount"] = None
        elif data.get("amount") is None:
            if "amount" not in self.errors:
                self.add_error("amount", _("Enter a price, or withdraw it."))
        elif data.get("currency"):
            self._to_minor_units(data)
        return data

    def _to_minor_units(self, data: dict[str, Any]) -> None:
        digits = minor_digits(data["currency"])
        amount = Decimal(data["amount"]).scaleb(digits)
        if amount != amount.to_integral_value():
            self.add_error(
                "amount",
                ValidationError(
                    _("%(currency)s has %(digits)s decimal places."),
                    params={"currency": data["currency"], "digits": digits},
                ),
            )
            return
        data["amount"] = int(amount)


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

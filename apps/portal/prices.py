"""Prices in words: for people who buy, never for a client."""

import dataclasses
import datetime as dt
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.catalog.models import App, Plan, Price
from apps.catalog.selectors import live_plans, prices_in_force
from apps.core.money import Money
from apps.core.templatetags.formatting import money
from apps.portal.app_words import PlanWords, plan_words

_EACH: Mapping[str, Promise] = {
    Price.Recurrency.MONTHLY: gettext_lazy("a month"),
    Price.Recurrency.YEARLY: gettext_lazy("a year"),
    Price.Recurrency.ONCE: gettext_lazy("once"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class PlanPrices:
    """One line of the price table: a plan, and what it costs by the month and by the year."""

    words: PlanWords
    monthly: Price | None
    yearly: Price | None
    is_current: bool


def amount_of(price: Price) -> Money | None:
    """Return the price of one unit, or ``None`` for a row that withdraws the price."""
    return None if price.amount is None else Money(price.amount, price.currency)


def each(price: Price) -> str:
    """Return how often and for what the price is paid: ``a month``, ``a month, per account``."""
    period = str(_EACH[price.recurrency])
    if price.basis == Price.Basis.PER_ACCOUNT:
        return _("%(period)s, per account") % {"period": period}
    if price.basis == Price.Basis.PER_UNIT:
        return _("%(period)s, per %(unit)s") % {"period": period, "unit": price.unit_name}
    return period


def amount_each(amount: Money, recurrency: str) -> SafeString:
    """Write an amount that comes again: ``€49.00 a month``."""
    return format_html(_("{amount} {period}"), amount=money(amount), period=str(_EACH[recurrency]))


def price_in_words(price: Price | None) -> SafeString:
    """Write a price as ``€49.00 a month``, and no price as ``Free``."""
    amount = amount_of(price) if price else None
    if price is None or not amount:
        return format_html("{}", _("Free"))
    return format_html(_("{amount} {period}"), amount=money(amount), period=each(price))


def price_table(
    app: App, current: Plan | None, currency: str, language: str, now: dt.datetime
) -> tuple[PlanPrices, ...]:
    """Return every plan that is not retired with the prices in force, lowest grade first."""
    plans = list(live_plans(app))
    prices = prices_in_force([plan.sku_id for plan in plans], currency, now)
    return tuple(
        PlanPrices(
            words=plan_words(plan, language),
            monthly=prices.get((plan.sku_id, Price.Recurrency.MONTHLY)),
            yearly=prices.get((plan.sku_id, Price.Recurrency.YEARLY)),
            is_current=current is not None and plan.pk == current.pk,
        )
        for plan in plans
    )

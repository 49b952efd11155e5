"""A quote in words: every line with its reason, so that anyone can redo the sum."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.catalog.models import Price
from apps.catalog.selectors import next_price
from apps.core.formatting import format_day, format_days, format_number
from apps.core.modes import Mode
from apps.core.money import Money
from apps.core.templatetags.formatting import money
from apps.orders.models import Quote, QuoteLine
from apps.portal.app_words import AppWords, app_words, plan_words

_NBSP = "\N{NO-BREAK SPACE}"


@dataclasses.dataclass(frozen=True, slots=True)
class LineWords:
    """One line: what, why, how much."""

    what: str
    why: SafeString | str
    amount: Money

    @property
    def is_credit(self) -> bool:
        """Whether the line takes something off."""
        return self.amount.amount < 0


@dataclasses.dataclass(frozen=True, slots=True)
class Renewal:
    """The next charge, and the price that the buyer keeps."""

    on: dt.date
    amount: Money
    recurrency: str
    formula: SafeString | str
    later_amount: Money | None
    later_from: dt.datetime | None


@dataclasses.dataclass(frozen=True, slots=True)
class QuotePage:
    """All that the confirm page says about money, and about what happens next."""

    quote: Quote
    app: AppWords
    plan_name: str
    from_plan_name: str
    today: dt.date
    lines: tuple[LineWords, ...]
    total: Money
    renewal: Renewal | None
    needs_card: bool
    is_asked: bool
    is_test: bool
    held_minutes: int


def quote_page(quote: Quote, language: str, now: dt.datetime) -> QuotePage:
    """Return the quote in the reader's language."""
    app = quote.app
    renewal = _renewal(quote, now)
    url = app.install_url if quote.is_install else app.change_url
    return QuotePage(
        quote=quote,
        app=app_words(app, language),
        plan_name=plan_words(quote.plan, language).name,
        from_plan_name=plan_words(quote.from_plan, language).name if quote.from_plan else "",
        today=quote.period_starts_on or quote.made_at,
        lines=quote_lines(quote, language),
        total=Money(quote.total, quote.currency),
        renewal=renewal,
        needs_card=quote.mode != Mode.TEST and (quote.total > 0 or bool(renewal)),
        is_asked=bool(app.program.plan_asks and url),
        is_test=quote.mode == Mode.TEST,
        held_minutes=round((quote.expires_at - quote.made_at).total_seconds() / 60),
    )


def quote_lines(quote: Quote, language: str) -> tuple[LineWords, ...]:
    """Return the lines of a quote in words; a free plan's only line says that it is free."""
    rows = quote.lines.select_related("sku__plan").prefetch_related("sku__plan__profiles")
    lines = tuple(_words(line, quote, language) for line in rows.order_by("position"))
    if lines:
        return lines
    name = plan_words(quote.plan, language).name
    return (LineWords(name, _("This plan is free."), Money(0, quote.currency)),)


def _words(line: QuoteLine, quote: Quote, language: str) -> LineWords:
    name = plan_words(line.sku.plan, language).name if line.sku else ""
    what, why = _KINDS[line.kind](line, name, quote)
    return LineWords(what, why, Money(line.amount, quote.currency))


Words = tuple[str, SafeString | str]


def _plan_line(line: QuoteLine, name: str, quote: Quote) -> Words:
    if line.days == line.days_in_period and quote.price is not None:
        period = {
            Price.Recurrency.MONTHLY: _("%(plan)s, one month"),
            Price.Recurrency.YEARLY: _("%(plan)s, one year"),
        }.get(Price.Recurrency(quote.price.recurrency), "%(plan)s")
        return period % {"plan": name}, _formula(line, quote)
    return _("%(plan)s, from today to the next renewal") % {"plan": name}, _formula(line, quote)


def _credit_line(line: QuoteLine, name: str, quote: Quote) -> Words:
    why = _formula(line, quote)
    if line.paid_on is not None:
        why = format_html(_("{formula}, paid on {day}"), formula=why, day=format_day(line.paid_on))
    return _("Credit for unused days of %(plan)s") % {"plan": name}, why


def _balance_line(line: QuoteLine, name: str, quote: Quote) -> Words:
    return _("Credit from before"), _("Left over from an earlier order.")


def _carried_line(line: QuoteLine, name: str, quote: Quote) -> Words:
    return (
        _("Kept for later"),
        _("Credit beyond the new price. It is taken off your next orders."),
    )


def _test_line(line: QuoteLine, name: str, quote: Quote) -> Words:
    return _("Test install"), _("Test installs are never billed.")


def _own_line(line: QuoteLine, name: str, quote: Quote) -> Words:
    return _("Your own app"), _("A purchase of your own app costs nothing.")


_KINDS: Mapping[str, Callable[[QuoteLine, str, Quote], Words]] = {
    QuoteLine.Kind.PLAN: _plan_line,
    QuoteLine.Kind.CREDIT: _credit_line,
    QuoteLine.Kind.BALANCE: _balance_line,
    QuoteLine.Kind.CARRIED: _carried_line,
    QuoteLine.Kind.TEST: _test_line,
    QuoteLine.Kind.OWN: _own_line,
}


def _formula(line: QuoteLine, quote: Quote) -> SafeString | str:
    """Return ``20–30 Nov 2026 · 11 of 30 days × €49.00``: the sum, to be redone by hand."""
    if line.starts_on is None or line.ends_on is None or line.unit_amount is None:
        return ""
    # `ends_on` is the first day that is not included; people name the last one that is.
    dates = format_days(line.starts_on, line.ends_on - dt.timedelta(days=1))
    days = ngettext("%(days)s of %(all)s day", "%(days)s of %(all)s days", line.days_in_period or 0)
    counted = days % {"days": line.days, "all": line.days_in_period}
    price = money(Money(line.unit_amount, quote.currency))
    if line.quantity == 1:
        return format_html("{} · {} ×{}{}", dates, counted, _NBSP, price)
    count = format_number(line.quantity)
    return format_html("{} · {} ×{}{} ×{}{}", dates, counted, _NBSP, price, _NBSP, count)


def _renewal(quote: Quote, now: dt.datetime) -> Renewal | None:
    price = quote.price
    if (
        price is None
        or price.amount is None
        or not quote.renewal_amount
        or not quote.period_ends_on
    ):
        return None
    later = next_price(price, now)
    later_amount = None
    if later is not None and later.amount is not None:
        later_amount = Money(later.amount, later.currency)
    count = quote.quantity * quote.units
    unit = money(Money(price.amount, price.currency))
    return Renewal(
        on=quote.period_ends_on,
        amount=Money(quote.renewal_amount, quote.currency),
        recurrency=price.recurrency,
        formula=unit if count == 1 else format_html("{} × {}", unit, format_number(count)),
        later_amount=later_amount,
        later_from=later.starts_at if later_amount and later else None,
    )

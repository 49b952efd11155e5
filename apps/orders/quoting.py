"""Working out a quote: pure arithmetic on frozen facts, then the rows.

The lines of a quote, in order: the new plan, the credit for unused days, credit left from
before, and what is kept for later when credit is more than the new price. They sum to the total,
which is never below zero: credit is never paid out.
"""

import dataclasses
import datetime as dt
from decimal import Decimal

from apps.catalog.models import Price, Program, Sku
from apps.orders.models import QuoteLine
from apps.orders.proration import Stretch, full_period, unused

MONTHS = {Price.Recurrency.MONTHLY.value: 1, Price.Recurrency.YEARLY.value: 12}
"""How many months a period has, by recurrency."""


@dataclasses.dataclass(frozen=True, slots=True)
class PaidPeriod:
    """The running period of the old plan: what its unused days are worth."""

    sku: Sku
    starts_on: dt.date
    ends_on: dt.date
    amount: int
    paid_on: dt.date
    anchor_on: dt.date
    months: int
    commission_rate: Decimal


@dataclasses.dataclass(frozen=True, slots=True)
class QuoteFacts:
    """All that the amounts of a quote depend on, in minor units of one currency."""

    today: dt.date
    sku: Sku
    price: Price | None
    quantity: int
    units: int
    anchor: str
    old: PaidPeriod | None
    balance: int
    commission_rate: Decimal
    waived: str
    """The kind of the line that takes the price off (TEST, OWN), or empty."""


@dataclasses.dataclass(frozen=True, slots=True)
class WorkedQuote:
    """The amounts of a quote, before they are rows."""

    lines: tuple[QuoteLine, ...]
    total: int
    period: Stretch | None
    period_amount: int | None
    renewal_amount: int | None
    anchor_on: dt.date | None


def work_out(facts: QuoteFacts) -> WorkedQuote:
    """Return the lines, the total today and the renewal that follow from ``facts``."""
    lines: list[QuoteLine] = []
    period, anchor_on, full = _new_period(facts)
    period_amount = 0
    if period is not None and facts.price is not None:
        period_amount = period.part_of(full)
        lines.append(
            QuoteLine(
                kind=QuoteLine.Kind.PLAN,
                sku=facts.sku,
                starts_on=period.starts_on,
                ends_on=period.ends_on,
                days=period.days,
                days_in_period=period.days_in_period,
                unit_amount=facts.price.amount,
                quantity=facts.quantity * facts.units,
                amount=period_amount,
                commission_rate=facts.commission_rate,
            )
        )
    if facts.waived:
        if period_amount:
            lines.append(QuoteLine(kind=facts.waived, sku=facts.sku, amount=-period_amount))
        return _finish(lines, period, 0 if period else None, 0 if period else None, anchor_on)
    credit = _credit_line(facts)
    if credit is not None:
        lines.append(credit)
    _settle_balance(lines, facts.balance)
    return _finish(
        lines,
        period,
        period_amount if period else None,
        full if period else None,
        anchor_on,
    )


def _new_period(facts: QuoteFacts) -> tuple[Stretch | None, dt.date | None, int]:
    """Return the days the new plan is paid for now, its anchor and a full period's price."""
    if facts.price is None or facts.price.amount is None:
        return None, None, 0
    full = facts.price.amount * facts.quantity * facts.units
    months = MONTHS[facts.price.recurrency]
    old = facts.old
    keeps_date = (
        facts.anchor == Program.UpgradeAnchor.KEEP
        and old is not None
        and old.months == months
        and old.ends_on > facts.today
    )
    if keeps_date and old is not None:
        left = unused(old.starts_on, old.ends_on, facts.today)
        whole = _period_around(old, facts.today)
        return Stretch(left.starts_on, left.ends_on, whole.days_in_period), old.anchor_on, full
    return full_period(facts.today, months), facts.today, full


def _period_around(old: PaidPeriod, today: dt.date) -> Stretch:
    """Return the anchor's whole period that contains ``today``.

    A period that began with an upgrade is shorter than a month; a part of the new price is
    still counted in days of the whole one.
    """
    number = 0
    while full_period(old.anchor_on, old.months, number).ends_on <= today:
        number += 1
    return full_period(old.anchor_on, old.months, number)


def _credit_line(facts: QuoteFacts) -> QuoteLine | None:
    if facts.old is None:
        return None
    left = unused(facts.old.starts_on, facts.old.ends_on, facts.today)
    amount = left.part_of(facts.old.amount)
    if amount == 0:
        return None
    return QuoteLine(
        kind=QuoteLine.Kind.CREDIT,
        sku=facts.old.sku,
        starts_on=left.starts_on,
        ends_on=left.ends_on,
        days=left.days,
        days_in_period=left.days_in_period,
        unit_amount=facts.old.amount,
        paid_on=facts.old.paid_on,
        amount=-amount,
        commission_rate=facts.old.commission_rate,
    )


def _settle_balance(lines: list[QuoteLine], balance: int) -> None:
    """Use up credit from before, or keep what is beyond the new price for later."""
    due = sum(line.amount for line in lines)
    if due > 0 and balance > 0:
        lines.append(QuoteLine(kind=QuoteLine.Kind.BALANCE, amount=-min(balance, due)))
    elif due < 0:
        lines.append(QuoteLine(kind=QuoteLine.Kind.CARRIED, amount=-due))


def _finish(
    lines: list[QuoteLine],
    period: Stretch | None,
    period_amount: int | None,
    renewal_amount: int | None,
    anchor_on: dt.date | None,
) -> WorkedQuote:
    for position, line in enumerate(lines):
        line.position = position
    return WorkedQuote(
        lines=tuple(lines),
        total=sum(line.amount for line in lines),
        period=period,
        period_amount=period_amount,
        renewal_amount=renewal_amount,
        anchor_on=anchor_on,
    )

"""Proration by whole days in the organization's time zone, so that anyone can redo it.

Credit = the period's amount × unused days ÷ days in the period. The day of the change belongs to
the new plan, so it is an unused day of the old one. Each line is rounded once, half to even.

The vendor's formula is in Duda's billing pages; the worked figures printed there do not follow
it and are not used.
"""

import calendar
import dataclasses
import datetime as dt

from apps.core.money import share


@dataclasses.dataclass(frozen=True, slots=True)
class Stretch:
    """Some days of a period: ``days`` of ``days_in_period``, ``ends_on`` not included."""

    starts_on: dt.date
    ends_on: dt.date
    days_in_period: int

    @property
    def days(self) -> int:
        """How many days the stretch has."""
        return (self.ends_on - self.starts_on).days

    def part_of(self, amount: int) -> int:
        """Return this stretch's part of a period's ``amount`` in minor units."""
        return share(amount, self.days, self.days_in_period)


def unused(period_starts_on: dt.date, period_ends_on: dt.date, today: dt.date) -> Stretch:
    """Return the days of a period from ``today`` on; none when the period is over."""
    start = min(max(today, period_starts_on), period_ends_on)
    return Stretch(start, period_ends_on, (period_ends_on - period_starts_on).days)


def add_months(anchor: dt.date, months: int) -> dt.date:
    """Return the day ``months`` after ``anchor``, cut to the end of shorter months.

    Always counted from the anchor: 31 January, 28 February, 31 March.
    """
    month = anchor.month - 1 + months
    year, month = anchor.year + month // 12, month % 12 + 1
    return dt.date(year, month, min(anchor.day, calendar.monthrange(year, month)[1]))


def full_period(anchor: dt.date, months: int, number: int = 0) -> Stretch:
    """Return the whole period ``number`` (0 is the first) of ``months`` months from ``anchor``."""
    start = add_months(anchor, months * number)
    end = add_months(anchor, months * (number + 1))
    return Stretch(start, end, (end - start).days)

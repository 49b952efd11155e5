"""Money, dates, times and durations as a reader's language writes them.

The language is the active translation's, the time zone the active one; both are set at the edge.
English is written day first and with short month names ("3 Sep 2026"), whatever region the
reader's browser names; every other language follows the locale data.
"""

import datetime as dt
import functools
import re
from decimal import Decimal

from babel.core import Locale, UnknownLocaleError
from babel.dates import (
    format_date,
    format_datetime,
    format_interval,
    format_skeleton,
    format_timedelta,
    get_timezone_name,
)
from babel.numbers import format_currency, format_decimal
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.core.money import Money, minor_digits

#: U+2212: as wide as a plus and read as "minus", which the hyphen that the locale data uses is not.
MINUS = "\N{MINUS SIGN}"

_EN_DASH = "\N{EN DASH}"
_LRM = "\N{LEFT-TO-RIGHT MARK}"


@functools.cache
def _locale(language: str | None) -> Locale:
    """Return the locale data of a language tag; English where there is none."""
    try:
        return Locale.parse((language or "en").replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        primary = (language or "en").split("-")[0]
        return Locale.parse("en") if primary == language else _locale(primary)


def reader_locale() -> Locale:
    """Return the locale of the active translation."""
    return _locale(get_language())


def format_money(money: Money) -> str:
    """Return ``money`` with its currency and all digits of its minor unit: ``−€6.97``."""
    locale = reader_locale()
    amount = Decimal(money.amount).scaleb(-minor_digits(money.currency))
    text = format_currency(amount, money.currency, locale=locale)
    # CLDR separates a code in letters from the digits ("KWD 1.500"); Babel leaves that out.
    text = re.sub(r"(?<=[A-Z])(?=\d)", "\N{NO-BREAK SPACE}", text)
    # The mark keeps the sign before the digits where the text around runs right to left.
    return text.replace("-", f"{_LRM}{MINUS}" if locale.text_direction == "rtl" else MINUS)


def format_number(number: int) -> str:
    """Return a whole number with the reader's grouping: ``1,284``."""
    return format_decimal(number, locale=reader_locale()).replace("-", MINUS)


def format_day(day: dt.date) -> str:
    """Return a date as ``1 Dec 2026``; a datetime is read in the active time zone."""
    day = _local_day(day)
    locale = reader_locale()
    if locale.language == "en":
        return format_date(day, "d MMM y", locale="en")
    return format_skeleton("yMMMd", day, locale=locale)


def format_days(first: dt.date, last: dt.date) -> str:
    """Return both days inclusive as ``20–30 Nov 2026``, naming month and year once if shared."""
    first, last = _local_day(first), _local_day(last)
    if first == last:
        return format_day(first)
    locale = reader_locale()
    if locale.language != "en":
        return format_interval(first, last, "yMMMd", locale=locale)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}{_EN_DASH}{format_day(last)}"
    if first.year == last.year:
        return f"{format_date(first, 'd MMM', locale='en')} {_EN_DASH} {format_day(last)}"
    return f"{format_day(first)} {_EN_DASH} {format_day(last)}"


def format_clock(moment: dt.datetime, *, seconds: bool = False) -> str:
    """Return the time of day in the active time zone: ``14:37``, or ``14:37:02``."""
    pattern = "HH:mm:ss" if seconds else "HH:mm"
    return format_datetime(timezone.localtime(moment), pattern, locale=reader_locale())


def format_moment(moment: dt.datetime) -> str:
    """Return day and time: ``1 Dec 2026, 14:37``."""
    return f"{format_day(moment)}, {format_clock(moment)}"


def time_zone_name(moment: dt.datetime) -> str:
    """Return the active zone's short name at ``moment``, such as ``CET``, in the reader's words."""
    locale = reader_locale()
    # The locale "en" knows only American short names; "en_GB" has the European ones.
    name = get_timezone_name(
        timezone.localtime(moment),
        width="short",
        locale=Locale.parse("en_GB") if locale.language == "en" else locale,
    )
    # Locale data without a short name give a bare offset, "+0100": nobody says that.
    return f"GMT{name[:3]}:{name[3:]}" if name[:1] in "+-" else name


def format_seconds(seconds: float) -> str:
    """Return a measured duration: ``214 ms``, ``8.9 s``, ``3 min``, ``2 h``, ``5 days``."""
    if seconds < 1:
        return _("%(number)s ms") % {"number": format_number(round(seconds * 1000))}
    if seconds < 120:
        number = format_decimal(round(seconds, 1), format="0.0", locale=reader_locale())
        return _("%(number)s s") % {"number": number}
    if seconds < 7200:
        return _("%(number)s min") % {"number": round(seconds / 60)}
    if seconds < 172_800:
        return _("%(number)s h") % {"number": round(seconds / 3600)}
    return format_day_count(round(seconds / 86_400))


def format_day_count(days: int) -> str:
    """Return a number of days in words: ``1 day``, ``5 days``."""
    return format_timedelta(
        dt.timedelta(days=days), granularity="day", threshold=10**9, locale=reader_locale()
    )


def _local_day(day: dt.date) -> dt.date:
    """Return the calendar day of a date or of a datetime in the active time zone."""
    return timezone.localtime(day).date() if isinstance(day, dt.datetime) else day

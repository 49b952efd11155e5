"""Money, dates and durations in several languages and currencies."""

import datetime as dt
import zoneinfo
from collections.abc import Iterator

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from apps.core import formatting
from apps.core.money import Money

AMSTERDAM = zoneinfo.ZoneInfo("Europe/Amsterdam")
NBSP = "\N{NO-BREAK SPACE}"
RLM = "\N{RIGHT-TO-LEFT MARK}"
LRM = "\N{LEFT-TO-RIGHT MARK}"

#: 14:37:02 in Amsterdam.
MOMENT = dt.datetime(2026, 11, 20, 13, 37, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def reader_in_amsterdam() -> Iterator[None]:
    with timezone.override(AMSTERDAM), translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("language", "money", "text"),
    [
        ("en", Money(123450, "EUR"), "€1,234.50"),
        ("en", Money(-697, "EUR"), "−€6.97"),
        ("en", Money(0, "EUR"), "€0.00"),
        ("en", Money(1200, "JPY"), "¥1,200"),
        ("en", Money(1500, "KWD"), f"KWD{NBSP}1.500"),
        ("de", Money(123450, "EUR"), f"1.234,50{NBSP}€"),
        ("de", Money(-697, "EUR"), f"−6,97{NBSP}€"),
        ("de", Money(1200, "JPY"), f"1.200{NBSP}¥"),
        ("he", Money(1900, "EUR"), f"{RLM}19.00{NBSP}{RLM}€"),
        ("he", Money(-697, "EUR"), f"{RLM}{LRM}−6.97{NBSP}{RLM}€"),
        ("pt-br", Money(1900, "BRL"), f"R${NBSP}19,00"),
        ("xx-unknown", Money(1900, "EUR"), "€19.00"),
    ],
)
def test_money_has_all_its_digits_in_the_language_of_the_reader(
    language: str, money: Money, text: str
) -> None:
    with translation.override(language):
        assert formatting.format_money(money) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "3 Sep 2026"),
        ("de", "3. Sept. 2026"),
        ("he", "3 בספט׳ 2026"),
        ("en-us", "3 Sep 2026"),
    ],
)
def test_a_date_has_its_year_and_a_short_month(language: str, text: str) -> None:
    with translation.override(language):
        assert formatting.format_day(dt.date(2026, 9, 3)) == text


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (dt.date(2026, 11, 20), dt.date(2026, 11, 20), "20 Nov 2026"),
        (dt.date(2026, 11, 20), dt.date(2026, 11, 30), "20–30 Nov 2026"),
        (dt.date(2026, 11, 28), dt.date(2026, 12, 3), "28 Nov – 3 Dec 2026"),
        (dt.date(2026, 12, 20), dt.date(2027, 1, 19), "20 Dec 2026 – 19 Jan 2027"),
    ],
)
def test_a_range_names_what_both_days_share_once(first: dt.date, last: dt.date, text: str) -> None:
    assert formatting.format_days(first, last) == text


def test_a_german_range_follows_the_locale() -> None:
    with translation.override("de"):
        text = formatting.format_days(dt.date(2026, 11, 20), dt.date(2026, 11, 30))
    assert text == "20.–30. Nov. 2026"


def test_a_moment_is_read_in_the_active_time_zone() -> None:
    just_after_midnight = dt.datetime(2026, 11, 20, 23, 30, tzinfo=dt.UTC)
    assert formatting.format_day(just_after_midnight) == "21 Nov 2026"
    assert formatting.format_clock(just_after_midnight) == "00:30"


def test_times_have_seconds_on_demand_and_name_their_zone() -> None:
    assert formatting.format_clock(MOMENT) == "14:37"
    assert formatting.format_clock(MOMENT, seconds=True) == "14:37:02"
    assert formatting.time_zone_name(MOMENT) == "CET"
    with translation.override("de"):
        assert formatting.time_zone_name(MOMENT) == "MEZ"


def test_a_zone_without_a_short_name_is_an_offset() -> None:
    with translation.override("he"):
        assert formatting.time_zone_name(MOMENT) == "GMT+01:00"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.214, "214 ms"),
        (8.94, "8.9 s"),
        (60, "60.0 s"),
        (180, "3 min"),
        (7200, "2 h"),
        (86_400 * 5, "5 days"),
    ],
)
def test_a_duration_is_measured_in_the_unit_that_fits(seconds: float, text: str) -> None:
    assert formatting.format_seconds(seconds) == text


def test_days_are_counted_in_the_language_of_the_reader() -> None:
    assert formatting.format_day_count(1) == "1 day"
    with translation.override("de"):
        assert formatting.format_day_count(5) == "5 Tage"


def test_filters_wrap_amounts_and_moments_for_browsers() -> None:
    template = Template(
        "{% load formatting %}{{ total|money }} {{ at|day }} {{ at|clock_seconds }} {{ at|moment }}"
    )
    html = template.render(Context({"total": Money(1100, "EUR"), "at": MOMENT}))
    assert html == (
        '<bdi class="amount">€11.00</bdi> '
        '<time datetime="2026-11-20">20 Nov 2026</time> '
        '<time datetime="2026-11-20T14:37:02+01:00">14:37:02</time> '
        '<time datetime="2026-11-20T14:37:02+01:00">20 Nov 2026, 14:37</time>'
    )

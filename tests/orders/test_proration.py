"""Proration redone on paper: whole days, one rounding a line, half to even. No database."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.models import Price, Program, Sku
from apps.core.clock import local_date, start_of_day
from apps.orders.proration import add_months, full_period, unused
from apps.orders.quoting import PaidPeriod, QuoteFacts, WorkedQuote, work_out

RESET, KEEP = Program.UpgradeAnchor.RESET.value, Program.UpgradeAnchor.KEEP.value
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2032, 12, 31))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("amount", "starts_on", "ends_on", "today", "credit", "why"),
    [
        (1900, "2026-11-01", "2026-12-01", "2026-11-20", 697, "1900 × 11 ÷ 30 = 696.67"),
        (4900, "2026-11-20", "2026-12-20", "2026-11-20", 4900, "the day of purchase: all of it"),
        (4900, "2026-11-20", "2026-12-20", "2026-12-19", 163, "the last day: 4900 ÷ 30 = 163.33"),
        (4900, "2026-11-20", "2026-12-20", "2026-12-20", 0, "the period is over"),
        (4900, "2026-11-20", "2026-12-20", "2027-01-05", 0, "long over"),
        (1500, "2026-02-10", "2026-03-10", "2026-02-15", 1232, "1500 × 23 ÷ 28 = 1232.14"),
        (2900, "2028-02-01", "2028-03-01", "2028-02-29", 100, "leap day: 2900 × 1 ÷ 29"),
        (19000, "2026-01-31", "2027-01-31", "2026-03-07", 17178, "19000 × 330 ÷ 365 = 17178.08"),
        (49000, "2028-01-01", "2029-01-01", "2028-12-31", 134, "49000 × 1 ÷ 366 = 133.88"),
        (25, "2026-11-01", "2026-11-11", "2026-11-09", 5, "25 × 2 ÷ 10 = 5"),
        (25, "2026-11-01", "2026-11-11", "2026-11-10", 2, "25 × 1 ÷ 10 = 2.5: half to even"),
        (35, "2026-11-01", "2026-11-11", "2026-11-10", 4, "35 × 1 ÷ 10 = 3.5: half to even"),
    ],
)
def test_credit_for_unused_days(  # noqa: PLR0917 - a worked example a row
    amount: int, starts_on: str, ends_on: str, today: str, credit: int, why: str
) -> None:
    assert unused(day(starts_on), day(ends_on), day(today)).part_of(amount) == credit, why


@pytest.mark.parametrize(
    ("anchor", "months", "ends"),
    [
        ("2026-01-31", 1, ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        ("2028-01-31", 1, ["2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31"]),
        ("2026-11-30", 1, ["2026-12-30", "2027-01-30", "2027-02-28", "2027-03-30"]),
        ("2028-02-29", 12, ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
        ("2026-12-15", 1, ["2027-01-15", "2027-02-15", "2027-03-15", "2027-04-15"]),
    ],
)
def test_month_ends_are_cut_and_never_moved(anchor: str, months: int, ends: list[str]) -> None:
    periods = [full_period(day(anchor), months, number) for number in range(4)]

    assert [period.ends_on for period in periods] == [day(end) for end in ends]


@given(anchor=DAYS, months=st.sampled_from([1, 12]), number=st.integers(0, 40))
def test_periods_follow_each_other_without_gap_or_overlap(
    anchor: dt.date, months: int, number: int
) -> None:
    here, following = (full_period(anchor, months, each) for each in (number, number + 1))

    assert here.ends_on == following.starts_on == add_months(anchor, months * (number + 1))
    assert here.days == here.days_in_period
    assert here.days in ({28, 29, 30, 31} if months == 1 else {365, 366})


@given(anchor=DAYS, amount=st.integers(0, 10**9), used=st.integers(0, 31))
def test_credit_is_within_the_price_falls_by_the_day_and_is_off_by_half_a_cent_at_most(
    anchor: dt.date, amount: int, used: int
) -> None:
    period = full_period(anchor, 1)
    today = anchor + dt.timedelta(days=used)
    left = unused(period.starts_on, period.ends_on, today)
    tomorrow = unused(period.starts_on, period.ends_on, today + dt.timedelta(days=1))
    credit = left.part_of(amount)

    assert 0 <= tomorrow.part_of(amount) <= credit <= amount
    assert abs(2 * (credit * period.days - amount * left.days)) <= period.days


@pytest.mark.parametrize(
    ("zone", "moment", "local"),
    [
        ("Europe/Berlin", "2026-03-28T23:30+00:00", "2026-03-29"),  # the night of 23 hours
        ("Europe/Berlin", "2026-10-24T21:59+00:00", "2026-10-24"),  # the night of 25 hours
        ("Europe/Berlin", "2026-10-24T22:00+00:00", "2026-10-25"),
        ("America/New_York", "2026-11-01T03:59+00:00", "2026-10-31"),
        ("Pacific/Kiritimati", "2026-12-30T10:00+00:00", "2026-12-31"),
        ("Asia/Kathmandu", "2026-11-20T18:15+00:00", "2026-11-21"),
    ],
)
def test_a_day_is_the_payers_own_day(zone: str, moment: str, local: str) -> None:
    assert local_date(dt.datetime.fromisoformat(moment), zone) == day(local)


def test_a_period_ends_at_midnight_there_also_when_the_clocks_change_in_it() -> None:
    starts, ends = (
        start_of_day(day(each), "Europe/Berlin") for each in ("2026-03-15", "2026-04-15")
    )

    assert (starts.hour, ends.hour) == (23, 22)
    assert ends - starts == dt.timedelta(days=31, hours=-1)


# --- Whole quotes -------------------------------------------------------------------------------


def quoted(today: str, price: int, old: dict[str, Any] | None = None, **more: Any) -> WorkedQuote:
    """Work out a change to a monthly (or ``recurrency``) plan at ``price`` cents."""
    recurrency = more.pop("recurrency", "MONTHLY")
    sku = Sku(slug="new")
    facts = {
        "today": day(today),
        "sku": sku,
        "price": Price(sku=sku, amount=price, currency="EUR", recurrency=recurrency),
        "quantity": 1,
        "units": 1,
        "anchor": RESET,
        "old": paid(**old) if old else None,
        "balance": 0,
        "commission_rate": Decimal("0.2"),
        "waived": "",
        **more,
    }
    return work_out(QuoteFacts(**facts))


def paid(amount: int, starts_on: str, ends_on: str, months: int = 1) -> PaidPeriod:
    return PaidPeriod(
        sku=Sku(slug="old"),
        starts_on=day(starts_on),
        ends_on=day(ends_on),
        amount=amount,
        paid_on=day(starts_on),
        anchor_on=day(starts_on),
        months=months,
        commission_rate=Decimal("0.2"),
    )


def lines(quote: WorkedQuote) -> list[tuple[str, int]]:
    return [(str(line.kind), line.amount) for line in quote.lines]


NOVEMBER = {"amount": 1900, "starts_on": "2026-11-01", "ends_on": "2026-12-01"}


def test_a_kept_renewal_date_pays_for_the_days_that_are_left() -> None:
    quote = quoted("2026-11-20", 4900, NOVEMBER, anchor=KEEP)

    # 11 of 30 days: 4900 × 11 ÷ 30 = 1796.67; 1900 × 11 ÷ 30 = 696.67.
    assert lines(quote) == [("PLAN", 1797), ("CREDIT", -697)]
    assert (quote.total, quote.renewal_amount) == (1100, 4900)
    assert quote.period is not None
    assert (quote.period.starts_on, quote.period.ends_on) == (day("2026-11-20"), day("2026-12-01"))
    assert quote.anchor_on == day("2026-11-01")


def test_a_new_period_starts_today_at_the_full_price() -> None:
    quote = quoted("2026-11-20", 4900, NOVEMBER)

    assert lines(quote) == [("PLAN", 4900), ("CREDIT", -697)]
    assert (quote.total, quote.anchor_on) == (4203, day("2026-11-20"))
    assert quote.period is not None
    assert quote.period.ends_on == day("2026-12-20")


def test_credit_beyond_the_price_is_kept_and_never_paid_out() -> None:
    year = {"amount": 19000, "starts_on": "2026-11-20", "ends_on": "2027-11-20", "months": 12}
    quote = quoted("2026-11-30", 4900, year)

    # 355 of 365 days: 19000 × 355 ÷ 365 = 18479.45.
    assert lines(quote) == [("PLAN", 4900), ("CREDIT", -18479), ("CARRIED", 13579)]
    assert (quote.total, quote.renewal_amount) == (0, 4900)


def test_a_change_of_rhythm_starts_a_new_period_even_where_dates_are_kept() -> None:
    quote = quoted("2026-11-20", 49000, NOVEMBER, anchor=KEEP, recurrency="YEARLY")

    assert lines(quote) == [("PLAN", 49000), ("CREDIT", -697)]
    assert quote.period is not None
    assert quote.period.ends_on == day("2027-11-20")


def test_credit_from_before_is_used_up_to_the_price() -> None:
    assert lines(quoted("2026-11-20", 1900, balance=1500)) == [("PLAN", 1900), ("BALANCE", -1500)]
    assert lines(quoted("2026-11-20", 1900, balance=9900)) == [("PLAN", 1900), ("BALANCE", -1900)]


def test_a_waived_price_takes_and_gives_nothing() -> None:
    quote = quoted("2026-11-20", 4900, NOVEMBER, waived="TEST", balance=500)

    assert lines(quote) == [("PLAN", 4900), ("TEST", -4900)]
    assert (quote.total, quote.period_amount, quote.renewal_amount) == (0, 0, 0)


@given(
    price=st.integers(0, 10**7),
    old=st.integers(0, 10**7),
    balance=st.integers(0, 10**7),
    used=st.integers(0, 40),
    anchor=st.sampled_from([RESET, KEEP]),
)
def test_every_quote_sums_up_is_never_negative_and_loses_no_credit(
    price: int, old: int, balance: int, used: int, anchor: str
) -> None:
    today = day("2026-11-01") + dt.timedelta(days=used)
    quote = quoted(
        today.isoformat(), price, {**NOVEMBER, "amount": old}, balance=balance, anchor=anchor
    )
    by_kind = dict(lines(quote))

    assert quote.total == sum(by_kind.values()) >= 0
    assert 0 <= -by_kind.get("BALANCE", 0) <= balance
    assert by_kind.get("CARRIED", 0) == max(0, -by_kind.get("CREDIT", 0) - by_kind["PLAN"])
    if quote.total:
        assert "CARRIED" not in by_kind
        assert -by_kind.get("BALANCE", 0) == balance

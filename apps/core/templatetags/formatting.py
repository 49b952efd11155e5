"""``{% load formatting %}``: filters that write money and time for the reader.

Amounts come in ``<bdi>``, so that a price inside right-to-left text keeps its order, and moments
in ``<time>`` with the machine's form beside the person's.
"""

import datetime as dt

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core import formatting
from apps.core.money import Money

register = template.Library()

register.filter("number", formatting.format_number)
register.filter("seconds", formatting.format_seconds)
register.filter("day_count", formatting.format_day_count)
register.filter("days_to", formatting.format_days)
register.filter("zone", formatting.time_zone_name)
register.filter("money_text", formatting.format_money)


@register.filter
def money(value: Money) -> SafeString:
    """Write an amount: ``<bdi class="amount">€11.00</bdi>``."""
    return format_html('<bdi class="amount">{}</bdi>', formatting.format_money(value))


@register.filter
def day(value: dt.date) -> SafeString:
    """Write a date, or the date of a moment, as ``1 Dec 2026``."""
    local = timezone.localtime(value).date() if isinstance(value, dt.datetime) else value
    return format_html(
        '<time datetime="{}">{}</time>', local.isoformat(), formatting.format_day(local)
    )


@register.filter
def clock(value: dt.datetime) -> SafeString:
    """Write the time of a moment as ``14:37``."""
    return _time(value, formatting.format_clock(value))


@register.filter
def clock_seconds(value: dt.datetime) -> SafeString:
    """Write the time of a moment as ``14:37:02``, as orders and deliveries show it."""
    return _time(value, formatting.format_clock(value, seconds=True))


@register.filter
def moment(value: dt.datetime) -> SafeString:
    """Write day and time of a moment as ``1 Dec 2026, 14:37``."""
    return _time(value, formatting.format_moment(value))


def _time(value: dt.datetime, text: str) -> SafeString:
    machine = timezone.localtime(value).isoformat(timespec="seconds")
    return format_html('<time datetime="{}">{}</time>', machine, text)

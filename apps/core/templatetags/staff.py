"""``{% load staff %}``: what staff pages write that buyers' pages do not: raw rows, laid out."""

import contextlib
import datetime as dt
import json

from django import template

from apps.core import formatting
from apps.core.money import Money
from apps.core.templatetags.formatting import money

register = template.Library()


@register.simple_tag
def in_money(amount: int | None, currency: str) -> str:
    """Write minor units of ``currency`` as money: rows keep amount and currency apart."""
    return "" if amount is None else money(Money(amount, currency))


@register.simple_tag
def in_money_negated(amount: int, currency: str) -> str:
    """Write minor units with their sign turned: a credit is stored below zero."""
    return money(Money(-amount, currency))


@register.simple_tag
def last_day(day_after: dt.date) -> dt.date:
    """Return the last day of a stretch that is stored with the first day after it."""
    return day_after - dt.timedelta(days=1)


@register.filter
def as_json(text: str) -> str:
    """Lay JSON out for reading; anything else stays as it was sent."""
    with contextlib.suppress(ValueError):
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text


@register.filter
def as_document(value: object) -> str:
    """Write a plain value as a JSON document spells it; texts without their quotes."""
    if isinstance(value, str):
        return value
    return json.dumps(value, indent=2, ensure_ascii=False)


@register.filter
def milliseconds(value: int) -> str:
    """Write a measured time: ``214 ms``, ``8.9 s``."""
    return formatting.format_seconds(value / 1000)

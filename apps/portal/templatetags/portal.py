"""``{% load portal %}``: what agency pages write in more than one place."""

from django import template
from django.utils.safestring import SafeString

from apps.catalog.models import Price
from apps.core.money import Money
from apps.portal import prices

register = template.Library()

register.filter("each", prices.each)
register.filter("price_in_words", prices.price_in_words)


@register.filter
def amount(price: Price) -> Money | None:
    """Return a price row's amount, to be written by ``|money``."""
    return prices.amount_of(price)


@register.simple_tag
def amount_each(value: Money, recurrency: str) -> SafeString:
    """Write an amount that comes again: ``€49.00 a month``."""
    return prices.amount_each(value, recurrency)

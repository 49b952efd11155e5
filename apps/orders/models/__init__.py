"""Quotes, the orders that honour them, and the story of each order."""

from apps.orders.models.orders import Order, OrderEvent
from apps.orders.models.quotes import Quote, QuoteLine

__all__ = ["Order", "OrderEvent", "Quote", "QuoteLine"]

"""Quotes and orders."""

from apps.orders.admin import orders, quotes

__all__ = ["orders", "quotes"]

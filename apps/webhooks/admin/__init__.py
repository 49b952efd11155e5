"""Asks, events, endpoints, deliveries and every attempt to get them there."""

from apps.webhooks.admin import asks, attempts, deliveries, events

__all__ = ["asks", "attempts", "deliveries", "events"]

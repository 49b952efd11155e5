"""Metrics that are counted in the database: the same whichever process is asked.

Counters in memory would be a web process's own, and the processes that matter here are workers.
"""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Count, Min
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.core.clock import current_time
from apps.orders.models import Order
from apps.webhooks.models import Delivery


class MarketplaceCollector(Collector):
    """Counts what waits, and how long the longest has waited, at each scrape."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield all gauges; three queries on the partial indexes of open rows."""
        now = current_time()
        yield from _order_gauges(now)
        yield from _delivery_gauges(now)


def _order_gauges(now: dt.datetime) -> Iterator[GaugeMetricFamily]:
    by_status = GaugeMetricFamily(
        "marketplace_orders_open", "Open orders by status", labels=["status"]
    )
    counts = dict(
        Order.objects.filter(status__in=Order.OPEN)
        .values_list("status")
        .order_by("status")
        .annotate(count=Count("pk"))
    )
    for status in Order.OPEN:
        by_status.add_metric([str(status)], counts.get(status, 0))
    yield by_status
    yield GaugeMetricFamily(
        "marketplace_orders_parked",
        "Open orders that wait for a person",
        value=Order.objects.filter(status__in=Order.OPEN, parked_at__isnull=False).count(),
    )
    oldest = Order.objects.filter(status__in=Order.OPEN, parked_at__isnull=True).aggregate(
        placed_at=Min("placed_at")
    )["placed_at"]
    yield _age("marketplace_oldest_open_order_seconds", "Age of the oldest open order", oldest, now)


def _delivery_gauges(now: dt.datetime) -> Iterator[GaugeMetricFamily]:
    due = Delivery.objects.filter(
        status=Delivery.Status.PENDING, next_attempt_at__lte=now
    ).aggregate(count=Count("pk"), since=Min("next_attempt_at"))
    yield GaugeMetricFamily(
        "marketplace_deliveries_due", "Deliveries whose time has come", value=due["count"]
    )
    yield _age(
        "marketplace_oldest_due_delivery_seconds",
        "How long the longest due delivery has been due",
        due["since"],
        now,
    )


def _age(name: str, text: str, moment: dt.datetime | None, now: dt.datetime) -> GaugeMetricFamily:
    """Return the seconds from ``moment`` to ``now``; 0 where there is nothing."""
    return GaugeMetricFamily(name, text, value=(now - moment).total_seconds() if moment else 0)

"""The events of a completed order, old before new, in the order's own transaction."""

import datetime as dt
from typing import Any

from apps.core.money import minor_digits
from apps.entitlements.models import Entitlement
from apps.orders.models import Order
from apps.subscriptions.models import Subscription
from apps.webhooks.event_types import EventType
from apps.webhooks.models import EventStream
from apps.webhooks.outbox import record_event


def record_happenings(
    order: Order,
    *,
    stream: EventStream,
    subscription: Subscription,
    old: Entitlement | None,
    new: Entitlement,
    now: dt.datetime,
) -> None:
    """Write what happened to the app's stream of this customer."""

    def record(event_type: EventType, data: dict[str, Any]) -> None:
        record_event(
            event_type=event_type,
            stream=stream,
            data=data,
            occurred_at=now,
            mode=order.mode,
            reference=order.reference,
        )

    if old is not None:
        record(EventType.ENTITLEMENT_ENDED, _entitlement(old))
    record(EventType.ENTITLEMENT_CREATED, _entitlement(new))
    installed = order.kind == Order.Kind.INSTALL
    record(
        EventType.INSTALLATION_CREATED if installed else EventType.PLAN_CHANGED,
        _subscription(order, subscription),
    )
    record(
        EventType.ORDER_COMPLETED,
        {
            "order": str(order.public_id),
            "number": order.number,
            "kind": order.kind,
            "total": order.total,
            "currency": order.currency,
            "minor_digits": minor_digits(order.currency),
        },
    )


def _entitlement(row: Entitlement) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "sku": row.sku.slug,
        "quantity": row.quantity,
        "starts_at": _iso(row.starts_at),
        "ends_at": _iso(row.ends_at),
        "ended_at": _iso(row.ended_at),
    }


def _subscription(order: Order, row: Subscription) -> dict[str, Any]:
    quote = order.quote
    site = order.installation.site
    return {
        "installation": str(order.installation.public_id),
        "subscription": str(row.public_id),
        "site_name": site.site_name if site else None,
        "plan_uuid": str(quote.plan.uuid),
        "previous_plan_uuid": str(quote.from_plan.uuid) if quote.from_plan else None,
        "recurrency": quote.price.recurrency if quote.price else None,
        "status": row.status,
        "renews_at": _iso(row.period_ends_at),
        "is_test": order.mode != "LIVE",
    }


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).isoformat() if moment else None

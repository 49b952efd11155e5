"""Orders as lines of a list."""

import dataclasses
from collections.abc import Iterable

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from apps.core.modes import Mode
from apps.core.money import Money
from apps.orders.models import Order
from apps.portal.app_words import AppWords, app_words, plan_words

Status = Order.Status

_TONES = {
    Status.COMPLETED: ("ok", "check"),
    Status.REJECTED: ("bad", "x"),
    Status.DECLINED: ("bad", "x"),
    Status.ABANDONED: ("", "ban"),
    Status.WAITING: ("warn", "clock"),
    Status.PAYER_ACTION: ("warn", "clock"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in the list."""

    order: Order
    app: AppWords
    site: str
    plan: str
    from_plan: str
    total: Money
    status: str
    tone: str
    icon: str
    is_test: bool


def order_rows(orders: Iterable[Order], language: str) -> list[OrderRow]:
    """Return the lines of a list of orders, in a fixed number of queries."""
    rows = list(orders)
    prefetch_related_objects(
        rows, "app__profiles", "quote__plan__profiles", "quote__from_plan__profiles"
    )
    return [_row(order, language) for order in rows]


def _row(order: Order, language: str) -> OrderRow:
    quote = order.quote
    tone, icon = _TONES.get(Status(order.status), ("info", "refresh"))
    status = order.get_status_display()
    if order.parked_at is not None and order.is_open:
        tone, icon, status = "warn", "clock", _("Waiting")
    site = order.installation.site
    return OrderRow(
        order=order,
        app=app_words(order.app, language),
        site=site.label if site else order.organization.name,
        plan=plan_words(quote.plan, language).name,
        from_plan=plan_words(quote.from_plan, language).name if quote.from_plan else "",
        total=Money(order.total, order.currency),
        status=status,
        tone=tone,
        icon=icon,
        is_test=order.mode == Mode.TEST,
    )

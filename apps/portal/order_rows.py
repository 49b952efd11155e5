"""Orders as lines of a list."""

import dataclasses
from collections.abc import Iterable, Mapping

from django.db.models import prefetch_related_objects
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from apps.core.modes import Mode
from apps.core.money import Money
from apps.orders.models import Order
from apps.portal.app_words import AppWords, app_words, plan_words

Status = Order.Status

_BADGES: Mapping[str, tuple[str, str, Promise]] = {
    Status.COMPLETED: ("ok", "check", gettext_lazy("Done")),
    Status.REJECTED: ("bad", "x", gettext_lazy("Refused")),
    Status.DECLINED: ("bad", "x", gettext_lazy("Declined")),
    Status.ABANDONED: ("", "ban", gettext_lazy("Called off")),
    Status.WAITING: ("warn", "clock", gettext_lazy("Waiting")),
    Status.PAYER_ACTION: ("warn", "clock", gettext_lazy("Waiting for you at the bank")),
}
_WAITING = ("warn", "clock", gettext_lazy("Waiting"))
_IN_PROGRESS = ("info", "refresh", gettext_lazy("In progress"))


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
    is_parked = order.parked_at is not None and order.is_open
    tone, icon, status = _WAITING if is_parked else _BADGES.get(order.status, _IN_PROGRESS)
    site = order.installation.site
    return OrderRow(
        order=order,
        app=app_words(order.app, language),
        site=site.label if site else order.organization.name,
        plan=plan_words(quote.plan, language).name,
        from_plan=plan_words(quote.from_plan, language).name if quote.from_plan else "",
        total=Money(order.total, order.currency),
        status=str(status),
        tone=tone,
        icon=icon,
        is_test=order.mode == Mode.TEST,
    )

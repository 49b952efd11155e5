"""Receipts: what was charged for an order, read back from what was captured."""

import dataclasses
import datetime as dt

from apps.orders.models import Order, QuoteLine


@dataclasses.dataclass(frozen=True, slots=True)
class Receipt:
    """The proof of one charge, in minor units. ``number`` is the order's."""

    number: int
    order: Order
    charged_at: dt.datetime
    currency: str
    charged: int
    refunded: int
    method: str
    lines: tuple[QuoteLine, ...]


def receipt_for(order: Order) -> Receipt | None:
    """Return the receipt of an order, or ``None`` when nothing was charged for it."""
    payment = order.payment
    if payment is None or payment.captured_at is None:
        return None
    return Receipt(
        number=order.number,
        order=order,
        charged_at=payment.captured_at,
        currency=payment.currency,
        charged=payment.captured_amount,
        refunded=payment.refunded_amount,
        method=str(payment.method),
        lines=tuple(order.quote.lines.select_related("sku__plan").order_by("position")),
    )

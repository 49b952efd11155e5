"""Reading orders: whose they are, how far they are, and their whole story."""

import dataclasses
import datetime as dt
import uuid

from django.db.models import Q, QuerySet

from apps.accounts.access import buying_organizations
from apps.accounts.models import User
from apps.core.modes import Mode
from apps.entitlements.models import EntitlementChange
from apps.ledger.models import Entry
from apps.ledger.selectors import entries_of
from apps.orders.models import Order, OrderEvent, Quote, QuoteLine
from apps.payments.models import GatewayCall
from apps.webhooks.models import Ask, Attempt, Delivery, Event

_RELATED = (
    "app__program",
    "app__vendor",
    "organization",
    "installation__site",
    "quote__plan__sku",
    "quote__from_plan__sku",
    "quote__price",
    "payment__method",
    "payment_method",
    "actor",
)


def orders_for(user: User) -> QuerySet[Order]:
    """Return the orders that ``user`` may see, newest first.

    Those of the organizations they buy for; marketplace staff see all. A client sees none.
    """
    orders = Order.objects.select_related(*_RELATED).order_by("-placed_at", "-pk")
    if user.is_staff:
        return orders
    return orders.filter(organization__in=buying_organizations(user))


def order_for(user: User, public_id: uuid.UUID) -> Order | None:
    """Return one order that ``user`` may see, or ``None`` if they may not even know of it."""
    return orders_for(user).filter(public_id=public_id).first()


def quote_for(user: User, public_id: uuid.UUID) -> Quote | None:
    """Return one quote that ``user`` may pay, or ``None`` if they may not even know of it.

    Marketplace staff pay nothing here but their own test installs.
    """
    quotes = Quote.objects.select_related(
        "app__program",
        "app__vendor",
        "organization",
        "site",
        "installation",
        "plan__sku",
        "from_plan__sku",
        "price",
    )
    own_tests = Q(actor=user, mode=Mode.TEST) if user.is_staff else Q(pk__in=[])
    quotes = quotes.filter(
        Q(organization__in=buying_organizations(user)) & ~Q(mode=Mode.TEST) | own_tests
    )
    return quotes.filter(public_id=public_id).first()


@dataclasses.dataclass(frozen=True, slots=True)
class OrderStory:
    """Everything that is known of one order, each list in the order in which it happened."""

    order: Order
    lines: list[QuoteLine]
    moves: list[OrderEvent]
    gateway_calls: list[GatewayCall]
    asks: list[Ask]
    entries: list[Entry]
    debit: int
    credit: int
    entitlement_changes: list[EntitlementChange]
    events: list[Event]
    deliveries: list[Delivery]
    tried_before: list[Order]

    @property
    def is_balanced(self) -> bool:
        """Whether the order's ledger entries sum to zero."""
        return self.debit == self.credit


def order_story(order: Order) -> OrderStory:
    """Return the whole story of ``order`` in a fixed number of queries."""
    entries = list(entries_of(order.reference))
    events = list(Event.objects.filter(reference=order.reference).order_by("sequence"))
    return OrderStory(
        order=order,
        lines=list(order.quote.lines.select_related("sku").order_by("position")),
        moves=list(order.events.select_related("actor", "attempt__ask").order_by("at", "pk")),
        gateway_calls=list(
            GatewayCall.objects.filter(payment=order.payment_id).order_by("started_at", "pk")
        ),
        asks=asks_of(order),
        entries=entries,
        debit=sum(entry.amount for entry in entries if entry.amount > 0),
        credit=-sum(entry.amount for entry in entries if entry.amount < 0),
        entitlement_changes=list(
            EntitlementChange.objects.filter(reference=order.reference)
            .select_related("entitlement__sku", "actor")
            .order_by("at", "pk")
        ),
        events=events,
        deliveries=list(
            Delivery.objects.filter(event__in=events).select_related("event", "endpoint")
        ),
        tried_before=list(
            Order.objects.filter(
                installation__site=order.installation.site_id,
                app=order.app_id,
                placed_at__lt=order.placed_at,
                status__in=Order.ENDED_WITHOUT_SUCCESS,
            ).order_by("-placed_at")[:5]
        ),
    )


def asks_of(order: Order) -> list[Ask]:
    """Return the asks of an order (the question, then what undid it) with their attempts."""
    keys = [order.key(act) for act in ("ask", "undo", "undo2")]
    return list(
        Ask.objects.filter(key__in=keys).prefetch_related("attempts").order_by("created_at")
    )


def attempts_at_app(order: Order) -> list[Attempt]:
    """Return each time the app was asked the order's question, oldest first."""
    return list(Attempt.objects.filter(ask__key=order.key("ask")).order_by("number"))


def last_move_at(order: Order) -> dt.datetime:
    """Return when the order last moved."""
    moved = order.events.order_by("-at").values_list("at", flat=True).first()
    return moved or order.placed_at

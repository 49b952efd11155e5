"""Where everything stands after an order: the bank's own book, ours, and what the app was told.

A test compares the whole of it with what it should be, so that nothing is left unasserted: no
hold, no charge, no entitlement, no event and no ledger entry that nobody expected.
"""

import dataclasses

from apps.entitlements.models import Entitlement
from apps.ledger.checking import findings
from apps.ledger.models import Entry
from apps.orders.models import Order
from apps.payments.models import Payment, SandboxCharge
from apps.subscriptions.models import Installation, InstallationToken, Period, Subscription
from apps.webhooks.models import Ask, Event
from tests.fakes.market import Market

EVENTS_OF_INSTALL = ("entitlement.created", "installation.created", "order.completed")
EVENTS_OF_CHANGE = (
    "entitlement.ended",
    "entitlement.created",
    "plan.changed",
    "order.completed",
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Standing:
    """The defaults are those of a market where nothing was bought."""

    bank: tuple[tuple[str, int, int], ...] = ()
    """Each charge of the bank: state, amount, refunded."""
    payments: tuple[tuple[str, int, int], ...] = ()
    """Each payment of ours: status, captured, refunded."""
    installations: tuple[str, ...] = ()
    plan: str = ""
    """The slug of the plan that the site has."""
    periods: tuple[tuple[str, int], ...] = ()
    """Each period: state and full amount."""
    entitled_to: tuple[str, ...] = ()
    """The slugs that give access now."""
    usable_tokens: int = 0
    """Pairs that open something until their time is over."""
    readable_secrets: int = 0
    """Tokens and asks that still hold what only an open order needs."""
    events: tuple[str, ...] = ()
    booked: tuple[tuple[str, int], ...] = ()
    """The balance of each account kind that is not zero: a debit is positive."""


def standing(market: Market) -> Standing:
    """Return where everything of ``market`` stands. The ledger must be right in any case."""
    assert list(findings()) == []
    now = market.clock()
    in_order = {"app": market.app, "site": market.site}
    live = Subscription.objects.filter(**in_order, status__in=Subscription.LIVE).first()
    balances: dict[str, int] = {}
    for entry in Entry.objects.select_related("account"):
        balances[entry.account.kind] = balances.get(entry.account.kind, 0) + entry.amount
    return Standing(
        bank=tuple(
            SandboxCharge.objects.order_by("pk").values_list("state", "amount", "refunded_amount")
        ),
        payments=tuple(
            Payment.objects.order_by("pk").values_list(
                "status", "captured_amount", "refunded_amount"
            )
        ),
        installations=tuple(
            Installation.objects.filter(**in_order).order_by("pk").values_list("status", flat=True)
        ),
        plan=live.plan.sku.slug if live else "",
        periods=tuple(
            Period.objects.filter(subscription=live)
            .order_by("number")
            .values_list("state", "amount")
        ),
        entitled_to=tuple(
            Entitlement.objects.in_force(now)
            .filter(site=market.site)
            .values_list("sku__slug", flat=True)
        ),
        usable_tokens=sum(
            token.is_usable(token.created_at)
            for token in InstallationToken.objects.select_related("installation")
        ),
        readable_secrets=InstallationToken.objects.exclude(access_sealed="").count()
        + Ask.objects.exclude(body="").count(),
        events=tuple(Event.objects.order_by("stream", "sequence").values_list("type", flat=True)),
        booked=tuple(sorted((kind, sum_) for kind, sum_ in balances.items() if sum_)),
    )


def story(order: Order) -> list[str]:
    """Return what the order's story says, without its beginning."""
    outcomes = list(order.events.order_by("pk").values_list("outcome", flat=True))
    assert outcomes[0] == "placed"
    return outcomes[1:]


def ending(order: Order) -> tuple[str, str]:
    """Return an order's status and reason, read again."""
    order.refresh_from_db()
    return order.status, order.reason

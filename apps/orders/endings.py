"""What an order leaves behind when it ends without success: nothing."""

import datetime as dt

from apps.orders.models import Order
from apps.subscriptions.models import Installation, InstallationToken
from apps.webhooks.asks import settle_ask
from apps.webhooks.models import Ask


def close_without_success(order: Order, *, now: dt.datetime) -> None:
    """Clear up after DECLINED, REJECTED and ABANDONED, in the transaction of that move.

    An installation that was only reserved fails, its tokens open nothing any more, and the exact
    bytes of its asks, which hold these tokens, are forgotten.
    """
    if order.kind == Order.Kind.INSTALL:
        Installation.objects.filter(
            pk=order.installation_id, status=Installation.Status.PENDING
        ).update(status=Installation.Status.FAILED, removed_at=now)
        InstallationToken.objects.filter(
            installation=order.installation_id, revoked_at__isnull=True
        ).update(revoked_at=now)
    _close_asks(order, now)
    forget_secrets(order)


def _close_asks(order: Order, now: dt.datetime) -> None:
    """Nobody waits for an answer any more: an ask that has none ends as what its last try was."""
    for ask in Ask.objects.filter(key__in=_ask_keys(order), settled_at__isnull=True):
        last = ask.attempts.order_by("-number").first()
        outcome = last.outcome if last and last.outcome else Ask.Outcome.NOT_SENT
        settle_ask(ask, outcome=outcome, text="", now=now)


def _ask_keys(order: Order) -> list[str]:
    return [order.key(act) for act in ("ask", "undo", "undo2")]


def forget_secrets(order: Order) -> None:
    """Drop the readable copies that were kept so that a repeated ask has the same bytes."""
    InstallationToken.objects.filter(installation=order.installation_id).update(
        access_sealed="", refresh_sealed=""
    )
    Ask.objects.filter(key__in=_ask_keys(order)).update(body="")

"""When an order's next try is due, and when trying ends."""

import datetime as dt

from apps.orders.models import Order
from apps.webhooks.models import Attempt

ASK_AFTER = tuple(dt.timedelta(minutes=minutes) for minutes in (0, 2, 7, 15, 30, 60))
"""When an app that does not answer is asked, counted from the first time."""

_MONEY_BACKOFF = tuple(dt.timedelta(seconds=seconds) for seconds in (2, 5, 15, 60, 300))
PARK_MONEY_AFTER = dt.timedelta(hours=1)
"""A gateway that says nothing for so long needs a person; it is never released blindly."""
PARK_UNDO_AFTER = dt.timedelta(days=1)
"""The money is long free by then; only the app is out of step."""
PAYMENT_GIVE_UP_AFTER = dt.timedelta(minutes=30)
"""How long an unanswered request to hold money is repeated."""


def next_ask_at(
    first_asked_at: dt.datetime, asked: int, now: dt.datetime, give_up_at: dt.datetime
) -> dt.datetime:
    """Return when the app is asked again after ``asked`` requests; the give-up time at the last.

    Times that have passed meanwhile (an outage of ours) are not made up for: an app that has
    just failed gains nothing from being asked several times in a row.
    """
    to_come = (first_asked_at + after for after in ASK_AFTER[asked:])
    return min(next((time for time in to_come if time > now), give_up_at), give_up_at)


def undo_not_before(order: Order, now: dt.datetime) -> dt.datetime:
    """Return when the undo may start: a slow app must not act after it was told to undo.

    One ask timeout after the last request went out nothing of it can still be under way here.
    """
    last = (
        Attempt.objects.filter(ask__key=order.key("ask"))
        .order_by("-started_at")
        .values_list("started_at", flat=True)
        .first()
    )
    if last is None:
        return now
    return max(now, last + dt.timedelta(seconds=order.ask_timeout))


def backoff(tries: int, now: dt.datetime) -> dt.datetime:
    """Return when a gateway or an undo is tried again after ``tries`` tries."""
    return now + _MONEY_BACKOFF[min(max(tries, 1), len(_MONEY_BACKOFF)) - 1]

"""The figures of the admin's first page. Every number leads to the list it counts."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from apps.backoffice.attention import paid_plans_without_price
from apps.catalog.models import App, Plan
from apps.core.clock import current_time, start_of_day
from apps.core.modes import Mode
from apps.core.money import Money
from apps.ledger.checking import findings
from apps.ledger.models import Account, Entry
from apps.orders.admin.orders import NO_OF_THE_APP
from apps.orders.models import Order
from apps.subscriptions.models import Subscription
from apps.webhooks.models import Ask, Delivery

#: Adding up the whole ledger takes its time: the answer is kept this many seconds.
_LEDGER_CHECK_AGE = 300
_ROWS = 6


@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """A number and the list that it counts."""

    number: int
    url: str


@dataclasses.dataclass(frozen=True, slots=True)
class StatusFigure:
    """How many orders stand where."""

    label: str
    figure: Figure
    is_open: bool
    is_bad: bool


@dataclasses.dataclass(frozen=True, slots=True)
class RefusalFigure:
    """How often one app said no in the same words, or did not answer."""

    app: App
    reason: str
    #: The app did not answer or could not be reached: its fault, not the buyer's.
    is_fault: bool
    figure: Figure
    percent: int


@dataclasses.dataclass(frozen=True, slots=True)
class LedgerCheck:
    """What adding up the ledger found, and when."""

    at: dt.datetime
    problems: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Sales:
    """What was sold this month in one currency, from the live book."""

    vendors: Money
    commission: Money

    @property
    def total(self) -> Money:
        """What buyers were charged: the vendors' shares and the commission."""
        return self.vendors + self.commission


def add_figures(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the index page what this member of staff may see. Called by Unfold."""
    now = current_time()
    month = start_of_day(
        timezone.localdate(now).replace(day=1), timezone.get_current_timezone_name()
    )
    may = request.user.has_perm
    figures: dict[str, Any] = {"now": now, "month_starts_at": month}
    if may("orders.view_order"):
        figures |= _orders(month)
    if may("ledger.view_transaction"):
        figures |= {"ledger": ledger_check(now), "sales": _sales(month)}
        figures["sales_url"] = _list("ledger_transaction", occurred_at_from=_day(month))
    if may("catalog.view_plan"):
        figures |= _unsold(now)
    if may("webhooks.view_ask"):
        figures |= _asks(now)
    if may("webhooks.view_delivery"):
        figures |= _deliveries()
    if may("subscriptions.view_subscription"):
        figures |= _trials(now)
    return {**context, "figures": figures, "title": context.get("title")}


def ledger_check(now: dt.datetime) -> LedgerCheck:
    """Return what is wrong with the ledger, looked at within the last minutes."""
    found: LedgerCheck | None = cache.get("backoffice:ledger-check")
    if found is None:
        found = LedgerCheck(at=now, problems=tuple(findings())[:20])
        cache.set("backoffice:ledger-check", found, _LEDGER_CHECK_AGE)
    return found


def _list(name: str, **parameters: object) -> str:
    query = f"?{urlencode(parameters)}" if parameters else ""
    return reverse(f"admin:{name}_changelist") + query


def _day(moment: dt.datetime) -> str:
    return timezone.localtime(moment).date().isoformat()


def _orders(month: dt.datetime) -> dict[str, Any]:
    since = {"placed_at_from": _day(month)}
    # What is open counts however old it is; what has ended counts for this month.
    counted = Order.objects.filter(Q(status__in=Order.OPEN) | Q(placed_at__gte=month))
    counts = dict(counted.values_list("status").annotate(count=Count("pk")))
    statuses = [
        StatusFigure(
            label=str(status.label),
            figure=Figure(
                counts[status.value],
                _list(
                    "orders_order",
                    status__exact=status.value,
                    **({} if status in Order.OPEN else since),
                ),
            ),
            is_open=status in Order.OPEN,
            is_bad=status in Order.ENDED_WITHOUT_SUCCESS,
        )
        for status in Order.Status
        if counts.get(status.value)
    ]
    parked = Order.objects.filter(parked_at__isnull=False).select_related(
        "app", "organization", "installation__site"
    )
    refused = Order.objects.filter(NO_OF_THE_APP, placed_at__gte=month)
    ended = sum(count for status, count in counts.items() if status not in Order.OPEN)
    number = refused.count()
    return {
        "statuses": statuses,
        "order_count": Figure(sum(counts.values()), _list("orders_order", **since)),
        "open_count": Figure(
            sum(count for status, count in counts.items() if status in Order.OPEN),
            _list("orders_order", needs="open"),
        ),
        "parked": list(parked.order_by("parked_at")[:_ROWS]),
        "parked_count": Figure(parked.count(), _list("orders_order", needs="parked")),
        "refused_count": Figure(number, _list("orders_order", needs="refused_by_app", **since)),
        "refused_percent": round(100 * number / ended, 1) if ended else None,
        "refusals": _refusals(refused, since),
    }


def _refusals(refused: QuerySet[Order], since: dict[str, str]) -> list[RefusalFigure]:
    rows = list(
        refused.values("app", "status", "reason", "refusal_text")
        .annotate(count=Count("pk"))
        .order_by("-count", "app", "refusal_text")[:_ROWS]
    )
    apps = App.objects.in_bulk([row["app"] for row in rows])
    most = max((row["count"] for row in rows), default=1)
    return [
        RefusalFigure(
            app=apps[row["app"]],
            reason=row["refusal_text"] or _reason_words(row),
            is_fault=bool(row["reason"]),
            figure=Figure(
                row["count"],
                _list(
                    "orders_order",
                    app__id__exact=row["app"],
                    **(
                        {"reason__exact": row["reason"]}
                        if row["reason"]
                        else {"status__exact": row["status"], "q": row["refusal_text"][:60]}
                    ),
                    **since,
                ),
            ),
            percent=round(100 * row["count"] / most),
        )
        for row in rows
    ]


def _reason_words(row: Mapping[str, Any]) -> str:
    if row["reason"]:
        return str(Order.Reason(row["reason"]).label)
    return str(Order.Status(row["status"]).label)


def _sales(month: dt.datetime) -> list[Sales]:
    sums = (
        Entry.objects.filter(
            transaction__book=Account.Book.LIVE,
            transaction__occurred_at__gte=month,
            account__kind__in=[Account.Kind.VENDOR_PAYABLE, Account.Kind.COMMISSION],
        )
        .values_list("currency", "account__kind")
        .annotate(sum=Sum("amount"))
        .order_by("currency")
    )
    by_currency: dict[str, dict[str, int]] = {}
    for currency, kind, amount in sums:
        by_currency.setdefault(currency, {})[kind] = -amount
    return [
        Sales(
            vendors=Money(kinds.get(Account.Kind.VENDOR_PAYABLE, 0), currency),
            commission=Money(kinds.get(Account.Kind.COMMISSION, 0), currency),
        )
        for currency, kinds in by_currency.items()
    ]


def _unsold(now: dt.datetime) -> dict[str, Any]:
    plans: QuerySet[Plan] = paid_plans_without_price(now)
    return {
        "unsold_plans": list(plans[:_ROWS]),
        "unsold_count": Figure(plans.count(), _list("catalog_plan", standing="unpriced")),
    }


def _asks(now: dt.datetime) -> dict[str, Any]:
    waiting = Ask.objects.filter(settled_at__isnull=True).select_related("app")
    rows = waiting.annotate(tries=Count("attempts")).order_by("created_at")
    return {
        "asks": list(rows[:_ROWS]),
        "ask_count": Figure(waiting.count(), _list("webhooks_ask", state="open")),
    }


def _deliveries() -> dict[str, Any]:
    counts = dict(Delivery.objects.values_list("status").annotate(count=Count("pk")))
    return {
        "failed_count": Figure(
            counts.get(Delivery.Status.FAILED, 0),
            _list("webhooks_delivery", status__exact=Delivery.Status.FAILED.value),
        ),
        "pending_count": Figure(
            counts.get(Delivery.Status.PENDING, 0),
            _list("webhooks_delivery", status__exact=Delivery.Status.PENDING.value),
        ),
    }


def _trials(now: dt.datetime) -> dict[str, Any]:
    trials = Subscription.objects.filter(
        status=Subscription.Status.TRIALING,
        mode=Mode.LIVE,
        trial_ends_at__gte=now,
        trial_ends_at__lt=now + dt.timedelta(days=7),
    ).select_related("plan__sku", "app", "site", "organization", "user")
    return {
        "trials": list(trials.order_by("trial_ends_at")[:_ROWS]),
        "trial_count": Figure(
            trials.count(), _list("subscriptions_subscription", status__exact="TRIALING")
        ),
    }

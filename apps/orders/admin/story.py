"""An order's page as one story: what happened, in order, each with its evidence beside it."""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core.formatting import format_money
from apps.core.money import Money
from apps.entitlements.models import EntitlementChange
from apps.ledger.models import Account, Entry
from apps.orders.models import Order, OrderEvent
from apps.orders.saga import Outcome
from apps.orders.selectors import OrderStory
from apps.payments.models import GatewayCall
from apps.webhooks.models import Attempt, Delivery, Event

_TITLES = {
    "placed": gettext_lazy("Order placed"),
    "parked": gettext_lazy("Parked for a person to look at"),
    "unparked": gettext_lazy("Let go on"),
    "hurried": gettext_lazy("Next step asked for at once"),
    "cancel asked for": gettext_lazy("Cancellation asked for"),
    Outcome.NOTHING_TO_PAY: gettext_lazy("Nothing to pay today"),
    Outcome.HELD: gettext_lazy("%(total)s held on the card"),
    Outcome.PAYMENT_DECLINED: gettext_lazy("Payment declined"),
    Outcome.PAYER_MUST_ACT: gettext_lazy("The bank wants the payer to confirm"),
    Outcome.PAYMENT_UNKNOWN: gettext_lazy("The bank has not answered"),
    Outcome.PAYMENT_GIVEN_UP: gettext_lazy("The bank was given up on"),
    Outcome.PAYER_TOO_LATE: gettext_lazy("The payer did not confirm in time"),
    Outcome.NOT_ASKED: gettext_lazy("%(app)s is not asked"),
    Outcome.YES: gettext_lazy("%(app)s asked, answered yes"),
    Outcome.REFUSED: gettext_lazy("%(app)s refused"),
    Outcome.NOT_SENT: gettext_lazy("%(app)s could not be reached"),
    Outcome.NOT_REACHED_GIVEN_UP: gettext_lazy("%(app)s could not be reached: given up"),
    Outcome.NO_ANSWER: gettext_lazy("%(app)s gave no clear answer"),
    Outcome.NO_ANSWER_GIVEN_UP: gettext_lazy("%(app)s gave no clear answer: given up"),
    Outcome.WITHDRAWN: gettext_lazy("Cancelled"),
    Outcome.TAKEN_DOWN: gettext_lazy("Called off: the app is suspended"),
    Outcome.CAPTURED: gettext_lazy("%(total)s charged"),
    Outcome.CAPTURE_REFUSED: gettext_lazy("The bank refused the charge"),
    Outcome.CAPTURE_UNKNOWN: gettext_lazy("The bank has not answered about the charge"),
    Outcome.FULFILLED: gettext_lazy("Plan active, ledger written"),
    Outcome.REFUND_CHOSEN: gettext_lazy("Staff chose to give the money back"),
    Outcome.RELEASED: gettext_lazy("Nothing is held or charged any more"),
    Outcome.RELEASE_UNKNOWN: gettext_lazy("The bank has not answered about the release"),
    Outcome.UNDONE: gettext_lazy("%(app)s was told to undo it"),
    Outcome.UNDO_REFUSED: gettext_lazy("%(app)s refused to undo it"),
    Outcome.UNDO_SCHEDULED: gettext_lazy("%(app)s was told to undo it, and will be once more"),
    Outcome.UNDO_UNKNOWN: gettext_lazy("%(app)s gave no clear answer to the undo"),
}

_ANSWERS = {
    "YES": gettext_lazy("Yes"),
    "NO": gettext_lazy("No"),
    "ACTION": gettext_lazy("The payer must act"),
    "UNKNOWN": gettext_lazy("No answer"),
    "NOTHING": gettext_lazy("Nothing is held"),
    "HELD": gettext_lazy("It is held"),
    "CAPTURED": gettext_lazy("It was charged"),
    "REFUNDED": gettext_lazy("It was refunded"),
}
"""What a gateway's outcomes say to people."""

_BAD = {
    Outcome.PAYMENT_DECLINED,
    Outcome.REFUSED,
    Outcome.NOT_REACHED_GIVEN_UP,
    Outcome.NO_ANSWER_GIVEN_UP,
    Outcome.PAYMENT_GIVEN_UP,
    Outcome.PAYER_TOO_LATE,
    Outcome.TAKEN_DOWN,
    Outcome.CAPTURE_REFUSED,
    Outcome.UNDO_REFUSED,
}
_WAITING = {
    "parked",
    "cancel asked for",
    Outcome.PAYER_MUST_ACT,
    Outcome.PAYMENT_UNKNOWN,
    Outcome.NOT_SENT,
    Outcome.NO_ANSWER,
    Outcome.WITHDRAWN,
    Outcome.CAPTURE_UNKNOWN,
    Outcome.RELEASE_UNKNOWN,
    Outcome.REFUND_CHOSEN,
    Outcome.UNDO_SCHEDULED,
    Outcome.UNDO_UNKNOWN,
}


@dataclasses.dataclass(slots=True)
class Chapter:
    """One thing that happened, with who did it and what proves it."""

    at: dt.datetime
    title: str
    #: ``ok``, ``warn`` or ``bad``: the colour of its dot.
    tone: str = "ok"
    actor: User | None = None
    text: str = ""
    is_quote: bool = False
    calls: list[tuple[GatewayCall, str]] = dataclasses.field(default_factory=list)
    attempts: list[Attempt] = dataclasses.field(default_factory=list)
    entries: list[Entry] = dataclasses.field(default_factory=list)
    changes: list[EntitlementChange] = dataclasses.field(default_factory=list)
    events: list[tuple[Event, list[Delivery]]] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, slots=True)
class MoneyFacts:
    """What the order did with money, read from payment and ledger."""

    held: Money
    charged: Money
    refunded: Money
    vendor_share: Money
    commission: Money
    commission_percent: str
    tax: Money
    difference: Money


def chapters(story: OrderStory) -> list[Chapter]:
    """Return what happened, oldest first. What no move speaks of stands on its own."""
    told = [
        Chapter(
            at=story.order.quote.made_at,
            title=_("Quote %(quote)s made") % {"quote": story.order.quote},
            actor=story.order.quote.actor,
            is_quote=True,
        )
    ]
    calls = list(story.gateway_calls)
    attempts = sorted(
        (attempt for ask in story.asks for attempt in ask.attempts.all()),
        key=lambda attempt: (attempt.started_at, attempt.pk),
    )
    for ask in story.asks:
        for attempt in ask.attempts.all():
            attempt.ask = ask
    for move in story.moves:
        chapter = _of_move(story.order, move)
        while calls and calls[0].started_at <= move.at:
            chapter.calls.append(_in_words(calls.pop(0)))
        while attempts and attempts[0].started_at <= move.at:
            chapter.attempts.append(attempts.pop(0))
        if move.outcome == Outcome.FULFILLED:
            chapter.entries = story.entries
        told.append(chapter)
    told.extend(_loose_ends(calls, attempts))
    if story.entitlement_changes:
        first = story.entitlement_changes[0]
        told.append(
            Chapter(at=first.at, title=_("Entitlement changed"), changes=story.entitlement_changes)
        )
    if story.events:
        told.append(_of_events(story))
    return told


def _of_move(order: Order, move: OrderEvent) -> Chapter:
    words = {"app": order.app.name, "total": _money_text(order)}
    title = _TITLES.get(move.outcome)
    tone = "bad" if move.outcome in _BAD else "warn" if move.outcome in _WAITING else "ok"
    return Chapter(
        at=move.at,
        title=str(title) % words if title else move.outcome,
        tone=tone,
        actor=move.actor,
        text=move.text,
    )


def _money_text(order: Order) -> str:
    return format_money(Money(order.total, order.currency))


def _loose_ends(calls: list[GatewayCall], attempts: list[Attempt]) -> Iterator[Chapter]:
    """Tell of requests whose outcome has moved nothing yet."""
    if calls:
        yield Chapter(
            at=calls[0].started_at,
            title=_("The payment gateway was asked"),
            tone="warn",
            calls=[_in_words(call) for call in calls],
        )
    if attempts:
        yield Chapter(
            at=attempts[0].started_at,
            title=_("The app was asked; what came of it has moved nothing"),
            tone="warn",
            attempts=attempts,
        )


def _in_words(call: GatewayCall) -> tuple[GatewayCall, str]:
    if call.finished_at is None:
        return call, _("No answer recorded")
    return call, str(_ANSWERS.get(call.outcome, call.outcome))


def _of_events(story: OrderStory) -> Chapter:
    deliveries: dict[int, list[Delivery]] = {}
    for delivery in story.deliveries:
        deliveries.setdefault(delivery.event_id, []).append(delivery)
    pairs = [(event, deliveries.get(event.pk, [])) for event in story.events]
    settled = all(row.status == Delivery.Status.DELIVERED for _event, rows in pairs for row in rows)
    return Chapter(
        at=story.events[0].occurred_at,
        title=_("%(number)s events written for %(app)s")
        % {"number": len(pairs), "app": story.order.app.name},
        tone="ok" if settled else "warn",
        events=pairs,
    )


def money_facts(story: OrderStory) -> MoneyFacts:
    """Return the sums of the order's payment and of its ledger entries."""
    order, payment = story.order, story.order.payment

    def money(amount: int) -> Money:
        return Money(amount, order.currency)

    def credited(kind: str) -> Money:
        return money(-sum(row.amount for row in story.entries if row.account.kind == kind))

    rates = {entry.transaction.commission_rate for entry in story.entries}
    percent = ", ".join(f"{float(Fraction(rate) * 100):g}" for rate in sorted(rates))
    is_held = payment is not None and payment.status == payment.Status.AUTHORIZED
    return MoneyFacts(
        held=money(payment.amount if payment is not None and is_held else 0),
        charged=money(payment.captured_amount if payment else 0),
        refunded=money(payment.refunded_amount if payment else 0),
        vendor_share=credited(Account.Kind.VENDOR_PAYABLE),
        commission=credited(Account.Kind.COMMISSION),
        commission_percent=percent,
        tax=credited(Account.Kind.TAX),
        difference=money(story.debit - story.credit),
    )

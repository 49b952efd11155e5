"""The page of an order: one view object for the whole page and for the part that polls."""

import dataclasses
import datetime as dt

from django.utils.translation import gettext as _

from apps.accounts.models import Site
from apps.core.modes import Mode
from apps.core.money import Money
from apps.orders.models import Order
from apps.orders.progress import OrderProgress, StepState, order_progress
from apps.payments.models import PaymentMethod
from apps.portal.app_words import AppWords, app_words, plan_words
from apps.portal.openings import Opening, opening_of
from apps.portal.order_steps import Step, steps_of
from apps.portal.order_titles import Headline, Names, headline
from apps.webhooks.models import Attempt

FAST_FOR = dt.timedelta(seconds=60)
"""How long after it was placed an order's page polls each second; then every five."""

_NO_SECOND_TRY = (Order.Reason.TAKEN_DOWN, Order.Reason.STALE)


@dataclasses.dataclass(frozen=True, slots=True)
class AskClock:
    """How long the app has been thinking, out of the time it has. ``row`` is its step."""

    row: int
    seconds: int
    limit: int

    @property
    def text(self) -> str:
        """The seconds as ``0:07``."""
        return f"{self.seconds // 60}:{self.seconds % 60:02}"


@dataclasses.dataclass(frozen=True, slots=True)
class OrderPage:
    """Where the order is, whether anything was charged, and what can be done now."""

    order: Order
    site: Site | None
    app: AppWords
    names: Names
    headline: Headline
    steps: tuple[Step, ...]
    clock: AskClock | None
    total: Money
    held: Money
    charged: Money
    renewal: Money | None
    is_test: bool
    is_done: bool
    opening: Opening
    may_withdraw: bool
    may_try_again: bool
    was_asked: bool
    quote_is_held: bool
    payer_url: str
    poll_seconds: int
    fingerprint: str


def order_page(order: Order, language: str, now: dt.datetime) -> OrderPage:
    """Return the page of ``order`` as it stands at ``now``."""
    progress = order_progress(order, now=now)
    app = app_words(order.app, language)
    names = _names(order, app, language)
    quote = order.quote
    steps = steps_of(progress, names, is_asked=_is_asked(order, progress))
    is_bad_end = not order.is_open and order.status != Order.Status.COMPLETED
    renewal = quote.renewal_amount
    return OrderPage(
        order=order,
        site=order.installation.site,
        app=app,
        names=names,
        headline=headline(progress, names),
        steps=steps,
        clock=_clock(progress, steps, now),
        total=Money(order.total, order.currency),
        held=Money(progress.held, order.currency),
        charged=Money(progress.charged, order.currency),
        renewal=Money(renewal, order.currency) if renewal else None,
        is_test=order.mode == Mode.TEST,
        is_done=order.status == Order.Status.COMPLETED,
        opening=opening_of(order.app),
        may_withdraw=(
            progress.can_withdraw and order.parked_at is None and not _is_first_ask(progress)
        ),
        # A test install is the marketplace staff's to try again, and they do so from the app.
        may_try_again=(
            is_bad_end and order.reason not in _NO_SECOND_TRY and order.mode != Mode.TEST
        ),
        was_asked=bool(progress.attempts),
        quote_is_held=quote.is_held(now),
        payer_url=(
            order.payment.action_url
            if order.payment and order.status == Order.Status.PAYER_ACTION
            else ""
        ),
        poll_seconds=1 if now - order.placed_at < FAST_FOR else 5,
        fingerprint=_fingerprint(progress),
    )


def card_name(method: PaymentMethod) -> str:
    """Return a card as people name it: ``Visa ending 4242``."""
    return _("%(brand)s ending %(digits)s") % {"brand": method.brand, "digits": method.last4}


def _names(order: Order, app: AppWords, language: str) -> Names:
    quote = order.quote
    site = order.installation.site
    method = order.payment_method
    return Names(
        app=app.name,
        site=site.label if site else order.organization.name,
        plan=plan_words(quote.plan, language).name,
        from_plan=plan_words(quote.from_plan, language).name if quote.from_plan else "",
        method=card_name(method) if method else "",
    )


def _is_asked(order: Order, progress: OrderProgress) -> bool:
    url = order.app.install_url if order.kind == Order.Kind.INSTALL else order.app.change_url
    return bool(progress.attempts) or bool(order.plan_asks and url)


def _is_first_ask(progress: OrderProgress) -> bool:
    """Whether the app is thinking about its first ask: too early for "Cancel the order"."""
    return progress.app == StepState.NOW and not progress.waits_for_worker


def _clock(progress: OrderProgress, steps: tuple[Step, ...], now: dt.datetime) -> AskClock | None:
    row = next((number for number, step in enumerate(steps, 1) if step.is_timed), None)
    if row is None or progress.attempts[-1].state != Attempt.State.SENDING:
        return None
    limit = progress.order.ask_timeout
    elapsed = int((now - progress.attempts[-1].started_at).total_seconds())
    return AskClock(row=row, seconds=min(max(elapsed, 0), limit), limit=limit)


def _fingerprint(progress: OrderProgress) -> str:
    """Return a text that changes whenever a step does, and not with the passing of time."""
    order = progress.order
    last = progress.attempts[-1].state if progress.attempts else ""
    marks = (
        order.status,
        str(len(progress.attempts)),
        last,
        order.payment.status if order.payment else "",
        "parked" if order.parked_at else "",
        "withdrawn" if order.withdrawn_at else "",
        "waits" if progress.waits_for_worker else "",
    )
    return ".".join(marks)

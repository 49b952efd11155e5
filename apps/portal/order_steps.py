"""The steps of an order in words: payment, the app's answer, activation, end."""

import dataclasses
import datetime as dt
from collections.abc import Mapping

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core.formatting import format_clock
from apps.core.money import Money
from apps.core.templatetags.formatting import money
from apps.orders.models import Order
from apps.orders.progress import OrderProgress, StepState
from apps.payments.gateways.protocol import Outcome as Answered
from apps.payments.models import Payment
from apps.portal.order_titles import Names
from apps.webhooks.models import Ask, Attempt

Status = Order.Status


@dataclasses.dataclass(frozen=True, slots=True)
class AskRow:
    """One time that the app was asked."""

    asked_at: dt.datetime
    answer: str
    seconds: float | None


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One step. ``quote`` holds somebody else's words, named by ``quoted``."""

    state: str
    title: str
    at: dt.datetime | None = None
    aside: str = ""
    body: str | SafeString = ""
    quoted: str = ""
    quote: str = ""
    asks: tuple[AskRow, ...] = ()
    next_ask_at: dt.datetime | None = None
    is_timed: bool = False


def steps_of(progress: OrderProgress, names: Names, *, is_asked: bool) -> tuple[Step, ...]:
    """Return the steps that this order has: a free one has no payment, some apps are not asked."""
    steps = []
    if progress.order.payment is not None:
        steps.append(_payment(progress, progress.order.payment, names))
    if is_asked:
        steps.append(_app(progress, names))
    steps += [_activation(progress, names), _end(progress, names)]
    if progress.order.parked_at is not None:
        steps = [_parked(step) if step.state == StepState.NOW else step for step in steps]
    return tuple(steps)


def _parked(step: Step) -> Step:
    return dataclasses.replace(
        step, state=StepState.WAIT, body=_("A person is looking at it."), is_timed=False
    )


def _payment(progress: OrderProgress, payment: Payment, names: Names) -> Step:
    state, order = progress.payment, progress.order
    amount = money(Money(payment.amount, payment.currency))
    words = {"amount": amount, "method": names.method, "app": names.app}
    if state == StepState.BAD:
        return Step(
            state=state,
            title=_("Payment declined"),
            at=order.finished_at,
            quoted=_("The bank's message"),
            quote=payment.decline_text,
        )
    if state == StepState.WAIT:
        return Step(
            state=state,
            title=_("Waiting for you at the bank"),
            body=format_html(
                _("Your bank wants a second look at {amount}. Confirm before {time}."),
                amount=amount,
                time=format_clock(order.quote.expires_at),
            ),
        )
    if state == StepState.NOW:
        return _holding(progress, payment, words)
    if state == StepState.LEFT_OUT:
        return Step(state, _("Payment"), aside=_("Not held"))
    body: str | SafeString = ""
    if progress.held:
        text = _("{amount} is held on {method}. It is charged only after {app} says yes.")
        body = format_html(text, **words)
    elif not progress.charged and order.status != Status.COMPLETED:
        body = format_html(_("{amount} was held on {method}."), **words)
    return Step(state, _("Payment authorised"), at=progress.payment_at, body=body)


def _holding(progress: OrderProgress, payment: Payment, words: Mapping[str, object]) -> Step:
    title = _("Holding the payment")
    if payment.calls.filter(outcome=Answered.UNKNOWN.value).exists():
        body = _("The bank has not answered yet. It is asked again with the same number.")
        return Step(StepState.WAIT, title, body=body)
    if progress.waits_for_worker:
        return Step(StepState.WAIT, title, body=_("Not started yet."))
    text = _("{amount} is being held on {method}. It is charged only after {app} says yes.")
    return Step(StepState.NOW, title, body=format_html(text, **words))


def _app(progress: OrderProgress, names: Names) -> Step:
    state, order = progress.app, progress.order
    asking = names.fill(_("Asking %(app)s"))
    if progress.app_at is not None:
        # Also of an order that failed afterwards.
        return Step(StepState.DONE, names.fill(_("%(app)s said yes")), at=progress.app_at)
    match state:
        case StepState.LEFT_OUT:
            if progress.attempts:
                return Step(state, asking, asks=_rows(progress))
            return Step(state, asking, aside=_("Not asked"))
        case StepState.NOW:
            body = names.fill(_("Waiting for %(app)s to answer."))
            if order.withdrawn_at is None:
                body = f"{body} {_give_up(order)}"
            is_running = bool(progress.attempts) and not progress.waits_for_worker
            return Step(state, asking, body=body, is_timed=is_running)
        case StepState.WAIT:
            return _unanswered(progress, names, asking)
        case StepState.BAD if Status.REJECTED in (order.status, order.ending):
            return Step(
                state,
                asking,
                at=_last_answer_at(progress),
                quoted=names.fill(_("%(app)s's message, word for word")),
                quote=order.refusal_text,
                body="" if order.refusal_text else names.fill(_("%(app)s gave no reason.")),
            )
        case StepState.BAD:
            return Step(state, asking, asks=_rows(progress), body=_give_up_past(order, names))
    return Step(state, asking)


def _unanswered(progress: OrderProgress, names: Names, title: str) -> Step:
    order = progress.order
    attempts = progress.attempts
    if order.status == Status.WAITING:
        body = names.fill(_("%(app)s has said that it will answer later."))
    elif all(row.outcome == Ask.Outcome.NOT_SENT for row in attempts):
        body = names.fill(_("%(app)s could not be reached, so it has not done anything."))
    elif order.app.repeats_are_safe:
        body = names.fill(
            _(
                "%(app)s may have done it without telling us. Every ask carries the same "
                "number, so it cannot be done twice."
            )
        )
    else:
        body = names.fill(
            _("%(app)s may have done it without telling us. Every ask carries the same number.")
        )
    return Step(
        state=StepState.WAIT,
        title=title,
        aside=_("Since %(time)s")
        % {"time": format_clock(progress.asked_since or order.placed_at, seconds=True)},
        body=body,
        asks=_rows(progress),
        next_ask_at=progress.next_ask_at if order.withdrawn_at is None else None,
    )


def _activation(progress: OrderProgress, names: Names) -> Step:
    state, order = progress.activation, progress.order
    match state:
        case StepState.DONE:
            return Step(state, _("Activated"), at=order.finished_at)
        case StepState.NOW:
            body = names.fill(_("%(plan)s is being switched on for %(site)s."))
            return Step(state, _("Activating"), body=body)
        case StepState.WAIT:
            return Step(state, _("Activating"), body=_("A person is looking at it."))
        case StepState.BAD:
            body = _("The bank no longer honours the hold.")
            return Step(state, _("The charge failed"), body=body)
        case StepState.LEFT_OUT:
            return Step(state, _("Activating"), aside=_("Not started"))
    body = names.fill(_("%(plan)s is switched on for %(site)s."))
    return Step(state, _("Activating"), body=body)


def _end(progress: OrderProgress, names: Names) -> Step:
    order = progress.order
    if order.status == Status.COMPLETED:
        return Step(StepState.DONE, _("Done"), at=order.finished_at)
    if order.status == Status.RELEASING:
        title = _("Releasing the hold") if order.payment else _("Calling it off")
        return Step(StepState.NOW, title)
    undone = ""
    if order.app_may_have_acted and order.ending:
        undone = names.fill(_("%(app)s was told to undo what it may have done."))
    if order.status == Status.UNDOING:
        title = names.fill(_("Telling %(app)s to undo it"))
        return Step(StepState.NOW, title, body=_freed(order))
    if not order.is_open:
        body = format_html("{} {}", _freed(order), undone) if undone else _freed(order)
        return Step(StepState.DONE, _end_title(order), at=order.finished_at, body=body)
    if progress.app == StepState.WAIT and order.withdrawn_at is None:
        text = _("If there is no answer by %(time)s the order is called off and the hold released.")
        return Step(StepState.TODO, _("Done"), body=text % {"time": format_clock(order.give_up_at)})
    return Step(StepState.TODO, _("Done"))


def _end_title(order: Order) -> str:
    payment = order.payment
    if payment is None or payment.status in (Payment.Status.NEW, Payment.Status.DECLINED):
        return _("Ended, nothing is held")
    if payment.status == Payment.Status.REFUNDED:
        return _("Refunded")
    return _("Hold released") if payment.authorized_at else _("Ended, nothing is held")


def _freed(order: Order) -> str | SafeString:
    payment = order.payment
    if payment is None or payment.authorized_at is None:
        return ""
    amount = money(Money(payment.amount, payment.currency))
    if payment.status == Payment.Status.REFUNDED:
        return format_html(_("{amount} went back to the card."), amount=amount)
    return format_html(
        _("{amount} is free again. Your bank may still show the hold for some days."),
        amount=amount,
    )


def _give_up(order: Order) -> str:
    time = format_clock(order.give_up_at)
    if order.payment is None:
        return _("We stop asking at %(time)s.") % {"time": time}
    return _("We stop asking at %(time)s and release the hold.") % {"time": time}


def _give_up_past(order: Order, names: Names) -> str:
    if order.reason == Order.Reason.APP_DOWN:
        return names.fill(_("%(app)s could not be reached, so it has not done anything."))
    return names.fill(_("%(app)s gave no answer that counts."))


def _last_answer_at(progress: OrderProgress) -> dt.datetime | None:
    return progress.attempts[-1].finished_at if progress.attempts else None


def _rows(progress: OrderProgress) -> tuple[AskRow, ...]:
    return tuple(
        AskRow(
            asked_at=row.started_at,
            answer=_answer(row),
            seconds=None if row.duration_ms is None else row.duration_ms / 1000,
        )
        for row in progress.attempts
    )


def _answer(row: Attempt) -> str:
    """Return what came of one request, without the app's technical words."""
    if row.state == Attempt.State.SENDING:
        return _("Waiting for it now")
    if row.outcome == Ask.Outcome.NOT_SENT:
        return _("Not reached")
    if row.error == "timeout":
        return _("None, timed out")
    if row.status_code is not None:
        return _("An answer that is not a yes (%(code)s)") % {"code": row.status_code}
    return _("None")

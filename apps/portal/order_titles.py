"""What the order page says first: the title, the sentence under it, and the badge."""

import dataclasses
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.money import Money
from apps.core.templatetags.formatting import money
from apps.orders.models import Order
from apps.orders.progress import OrderProgress, StepState
from apps.webhooks.models import Ask

Reason = Order.Reason
Status = Order.Status


@dataclasses.dataclass(frozen=True, slots=True)
class Names:
    """The names that an order's texts are made of."""

    app: str
    site: str
    plan: str
    from_plan: str
    method: str

    def fill(self, text: str | Promise) -> str:
        """Return ``text`` with its ``%(app)s``, ``%(site)s``, ``%(plan)s`` filled in."""
        return str(text) % dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True, slots=True)
class Headline:
    """Title, one bold sentence that works alone, what it means, and the badge."""

    title: str
    fact: str | SafeString
    detail: str
    tone: str
    icon: str
    badge: str
    is_bad_end: bool = False


_ENDED: Mapping[str, Promise] = {
    Reason.NO_ANSWER: gettext_lazy("%(app)s did not answer"),
    Reason.APP_DOWN: gettext_lazy("%(app)s could not be reached"),
    Reason.WITHDRAWN: gettext_lazy("The order was cancelled"),
    Reason.CAPTURE_FAILED: gettext_lazy("The payment failed"),
    Reason.PAYMENT_LOST: gettext_lazy("The bank did not answer"),
    Reason.EXPIRED: gettext_lazy("The payment was not confirmed in time"),
    Reason.STALE: gettext_lazy("The order could not be carried out"),
    Reason.TAKEN_DOWN: gettext_lazy("%(app)s was suspended by the marketplace"),
}


def headline(progress: OrderProgress, names: Names) -> Headline:
    """Return what the page of an order says first."""
    order = progress.order
    if order.status == Status.COMPLETED:
        return _completed(progress, names)
    bound_for = order.ending if order.status in (Status.RELEASING, Status.UNDOING) else ""
    if not order.is_open or bound_for:
        return _without_success(progress, names, bound_for or order.status)
    if order.parked_at is not None:
        return Headline(
            title=_("A person is looking at this order"),
            fact=_charged_so_far(progress, names),
            detail=_("It waits for the marketplace's staff. You do not need to do anything."),
            tone="warn",
            icon="clock",
            badge=_("Waiting"),
        )
    return _under_way(progress, names)


def _under_way(progress: OrderProgress, names: Names) -> Headline:
    order = progress.order
    title = (
        _("Adding %(app)s to %(site)s")
        if order.kind == Order.Kind.INSTALL
        else _("Upgrading %(app)s to %(plan)s")
    )
    fact: str | SafeString = ""
    detail = names.fill(_("For %(site)s. You can close this page: the order goes on."))
    waits = True
    if order.withdrawn_at is not None:
        title, fact = _("Cancelling the order"), _("Nothing is charged.")
        detail = _("What is held is released as soon as the step that is running has ended.")
    elif progress.waits_for_worker:
        title, fact = _("The order waits for its turn"), _charged_so_far(progress, names)
        detail = _("It goes on by itself as soon as we get to it. Nothing is lost.")
    elif order.status == Status.PAYER_ACTION:
        title, fact = _("Your bank wants a second look"), _("Nothing is charged.")
        detail = _("Confirm the payment with your bank and the order goes on.")
    elif progress.app == StepState.WAIT:
        title = _("%(app)s has not answered yet")
        if all(row.outcome == Ask.Outcome.NOT_SENT for row in progress.attempts):
            title = _("%(app)s cannot be reached now")
        fact, detail = _("Nothing is charged."), _stays(order, names, for_now=True)
    else:
        waits = False
    return Headline(
        title=names.fill(title),
        fact=fact,
        detail=detail,
        tone="warn" if waits else "info",
        icon="clock" if waits else "refresh",
        badge=_("Waiting") if waits else _("In progress"),
    )


def _completed(progress: OrderProgress, names: Names) -> Headline:
    return Headline(
        title=names.fill(_("%(plan)s is on for %(site)s")),
        fact=_charged_so_far(progress, names, is_final=True),
        detail="",
        tone="ok",
        icon="check",
        badge=_("Done"),
    )


def _without_success(progress: OrderProgress, names: Names, end: str) -> Headline:
    order = progress.order
    badge, tone, icon = _("Called off"), "", "ban"
    if end == Status.REJECTED:
        title = (
            _("%(app)s refused the installation")
            if order.kind == Order.Kind.INSTALL
            else _("%(app)s refused the upgrade")
        )
        badge, tone, icon = _("Refused"), "bad", "x"
    elif end == Status.DECLINED:
        title, badge, tone, icon = _("The payment was declined"), _("Declined"), "bad", "x"
    else:
        title = str(_ENDED[order.reason or Reason.STALE])
    return Headline(
        title=names.fill(title),
        fact=_charged_so_far(progress, names, is_final=True),
        detail=_stays(order, names, for_now=False),
        tone=tone,
        icon=icon,
        badge=badge,
        is_bad_end=True,
    )


def _stays(order: Order, names: Names, *, for_now: bool) -> str:
    if order.kind == Order.Kind.INSTALL:
        if for_now:
            return names.fill(_("%(app)s is not on %(site)s yet. You do not need to do anything."))
        return names.fill(_("%(app)s was not added to %(site)s."))
    if for_now:
        return names.fill(
            _("%(site)s stays on %(from_plan)s for now. You do not need to do anything.")
        )
    return names.fill(_("%(site)s stays on %(from_plan)s."))


def _charged_so_far(
    progress: OrderProgress, names: Names, *, is_final: bool = False
) -> str | SafeString:
    if not progress.charged:
        return _("Nothing was charged.") if is_final else _("Nothing is charged.")
    return format_html(
        _("{amount} was charged to {method}."),
        amount=money(Money(progress.charged, progress.order.currency)),
        method=names.method,
    )

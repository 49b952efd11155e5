"""Buying: make a quote, place the order, call it off; and what staff do with parked ones."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from apps.accounts.access import may_buy_for
from apps.accounts.models import Organization, Site, User
from apps.catalog.models import App, Plan
from apps.core.errors import DomainError
from apps.core.modes import Mode
from apps.orders import parking
from apps.orders.endings import close_without_success
from apps.orders.models import Order, Quote, QuoteLine
from apps.orders.quotes import (
    NotAllowed,
    NotForSale,
    OrderOpen,
    unpromised_credit,
    write_quote,
)
from apps.orders.saga import SETTLED_BY_HAND, WITHDRAWABLE, Outcome, move, note
from apps.orders.tasks import advance_order
from apps.payments.models import Payment, PaymentMethod
from apps.subscriptions.models import Installation, Subscription
from apps.subscriptions.selectors import installation_on
from apps.subscriptions.tokens import issue_installation_token

__all__ = ["NotAllowed", "NotForSale", "OrderOpen"]


class QuoteExpired(DomainError):
    """The quote is held no longer. Make a new one."""

    code = "quote_expired"


class QuoteStale(DomainError):
    """What was quoted has changed meanwhile. Make a new quote."""

    code = "quote_stale"


class PaymentMethodNeeded(DomainError):
    """The order costs something, now or at its renewal, and no usable card was given."""

    code = "payment_method_needed"


class TooLate(DomainError):
    """The order has gone too far, or has ended."""

    code = "too_late"


def make_quote(
    *,
    actor: User,
    now: dt.datetime,
    app: App,
    site: Site,
    plan: Plan,
    recurrency: str = "",
    named: bool = False,
) -> Quote:
    """Quote ``plan`` for ``site``: a first install, or a change from its active plan.

    ``recurrency`` may stay empty for plans that cost nothing; a paid one is then quoted monthly,
    or yearly where it is only sold so. ``named`` says that the app or a link named this plan,
    which is how hidden ones are sold.

    Raises :class:`NotAllowed`, :class:`NotForSale`, :class:`OrderOpen`.
    """
    return write_quote(
        actor=actor,
        now=now,
        app=app,
        site=site,
        plan=plan,
        recurrency=recurrency,
        named=named,
    )


def place_order(
    *,
    actor: User,
    now: dt.datetime,
    quote: Quote,
    payment_method: PaymentMethod | None = None,
) -> Order:
    """Place the order that a quote promised, at exactly its amounts.

    The quote is the idempotency key: placed again while its order is open or done, the same
    order comes back and nothing is doubled. After a no it may be tried again until it expires.

    Raises :class:`NotAllowed`, :class:`QuoteExpired`, :class:`QuoteStale`, :class:`NotForSale`,
    :class:`PaymentMethodNeeded` and :class:`OrderOpen`.
    """
    _require_buyer(actor, quote)
    sold = _order_of(quote)
    if sold is not None:
        return sold
    if not quote.is_held(now):
        raise QuoteExpired(_("These amounts were held until their time ran out. Look again."))
    app = App.objects.get(pk=quote.app_id)
    if app.status not in (App.Status.PUBLISHED, App.Status.DRAFT):
        raise NotForSale(_("%(app)s is not for sale now.") % {"app": app.name})
    method = _payment_method(quote, payment_method, now)
    try:
        with transaction.atomic():
            # All orders of one payer pass here one by one: credit is not promised twice. The
            # weaker lock lets rows that point at the payer be written, or a fulfilment that
            # waits for it, and for which we wait further down, would be a deadlock.
            Organization.objects.select_for_update(no_key=True).get(pk=quote.organization_id)
            # A second click may have waited for the first one right here.
            sold = _order_of(quote)
            if sold is not None:
                return sold
            _require_fresh(quote)
            order = _write_order(actor, now, quote, method)
            transaction.on_commit(lambda: _wake(order), robust=True)
    except IntegrityError as error:
        # The database chose between two at once: the same quote twice, or two people.
        sold = _order_of(quote)
        if sold is not None:
            return sold
        other = _open_order(quote)
        if other is None:
            raise
        raise OrderOpen(
            _("Somebody else is ordering this app for this site right now."), order=other
        ) from error
    return order


def withdraw_order(*, actor: User, now: dt.datetime, order: Order) -> Order:
    """Call an order off before the app has accepted it; its money is freed, the app told.

    By its buyer, or by marketplace staff who may change orders. Doing it twice changes nothing.
    Raises :class:`TooLate` and :class:`NotAllowed`.
    """
    if not actor.has_perm("orders.change_order"):
        _require_buyer(actor, order.quote)
    with transaction.atomic():
        withdrawn = Order.objects.filter(
            pk=order.pk, status__in=WITHDRAWABLE, withdrawn_at__isnull=True
        ).update(withdrawn_at=now, next_attempt_at=now)
        if withdrawn:
            note(order, "cancel asked for", order.status, now=now, actor=actor)
            transaction.on_commit(lambda: _wake(order), robust=True)
    order.refresh_from_db()
    if order.withdrawn_at is None:
        raise TooLate(_("The app has accepted this order already: it cannot be cancelled."))
    return order


def settle_payer_action(*, now: dt.datetime, order: Order) -> None:
    """Look at the bank again after the payer acted; the payer's word alone moves nothing."""
    with transaction.atomic():
        woken = Order.objects.filter(pk=order.pk, status=Order.Status.PAYER_ACTION).update(
            next_attempt_at=now
        )
        if woken:
            transaction.on_commit(lambda: _wake(order), robust=True)


def park_order(*, actor: User, now: dt.datetime, order: Order, reason: str) -> None:
    """Stop an open order where it is, for a person to look at. Raises :class:`TooLate`."""
    with transaction.atomic():
        order.refresh_from_db()
        if not order.is_open or order.parked_at is not None:
            raise TooLate(_("Only an open order that is not parked can be parked."))
        parking.park(order, reason, now=now, actor=actor)


def unpark_order(*, actor: User, now: dt.datetime, order: Order) -> None:
    """Let a parked order go on from where it was. Raises :class:`TooLate`."""
    with transaction.atomic():
        if not parking.unpark(order, now=now, actor=actor):
            raise TooLate(_("This order is not parked."))
        transaction.on_commit(lambda: _wake(order), robust=True)


def retry_order_now(*, actor: User, now: dt.datetime, order: Order) -> None:
    """Take the next step now instead of at its time. Raises :class:`TooLate`."""
    with transaction.atomic():
        woken = Order.objects.filter(
            pk=order.pk, status__in=Order.OPEN, parked_at__isnull=True
        ).update(next_attempt_at=now)
        if not woken:
            raise TooLate(_("Only an open order that is not parked can go on."))
        note(order, "hurried", order.status, now=now, actor=actor)
        transaction.on_commit(lambda: _wake(order), robust=True)


def refund_parked_order(*, actor: User, now: dt.datetime, order: Order, reason: str) -> None:
    """Give up a paid order that cannot be fulfilled: the money goes back, the app undoes it.

    Raises :class:`TooLate` unless the order is parked after the charge.
    """
    with transaction.atomic():
        order.refresh_from_db()
        if order.status != Order.Status.CAPTURED or order.parked_at is None:
            raise TooLate(_("Only an order that is paid and parked can be refunded so."))
        move(
            order,
            Outcome.REFUND_CHOSEN,
            now=now,
            next_attempt_at=now,
            actor=actor,
            text=reason,
            ending=Order.Status.ABANDONED,
            reason=Order.Reason.STALE,
            app_may_have_acted=True,
            parked_at=None,
            parked_why="",
        )
        transaction.on_commit(lambda: _wake(order), robust=True)


def settle_parked_order(*, actor: User, now: dt.datetime, order: Order, reason: str) -> None:
    """End a parked order by hand: what is still to be undone or released was settled elsewhere.

    The way out when an app, or a gateway, will never answer. Nothing is asked or paid any more;
    ``reason`` says who settled it and how. Raises :class:`TooLate` unless the order is parked
    while it is being undone or its money released.
    """
    with transaction.atomic():
        order.refresh_from_db()
        if order.parked_at is None or order.status not in SETTLED_BY_HAND:
            raise TooLate(
                _("Only a parked order that is being undone or released can be settled by hand.")
            )
        move(
            order,
            Outcome.SETTLED_BY_HAND,
            now=now,
            next_attempt_at=None,
            actor=actor,
            text=reason,
            parked_at=None,
            parked_why="",
        )
        close_without_success(order, now=now)


def _require_buyer(actor: User, quote: Quote) -> None:
    """Hold who may place or cancel what a quote quotes to the rule by which it was made.

    A test install costs nothing, so it is the marketplace staff's alone: an agency that could
    place one would have the plan for nothing. Raises :class:`NotAllowed`.
    """
    is_buyer = may_buy_for(actor, quote.organization)
    allowed = actor.is_staff and not is_buyer if quote.mode == Mode.TEST else is_buyer
    if not allowed:
        raise NotAllowed(_("Only the agency's own staff members can buy for this site."))


def _order_of(quote: Quote) -> Order | None:
    return Order.objects.filter(quote=quote).exclude(status__in=Order.ENDED_WITHOUT_SUCCESS).first()


def _open_order(quote: Quote) -> Order | None:
    return Order.objects.filter(
        app=quote.app_id, installation__site=quote.site_id, status__in=Order.OPEN
    ).first()


def _payment_method(
    quote: Quote, method: PaymentMethod | None, now: dt.datetime
) -> PaymentMethod | None:
    if quote.total == 0 and not quote.renewal_amount:
        return None
    if (
        method is None
        or method.organization_id != quote.organization_id
        or method.removed_at is not None
    ):
        raise PaymentMethodNeeded(_("Choose a card, or add one."), field="payment_method")
    if (method.expires_year, method.expires_month) < (now.year, now.month):
        raise PaymentMethodNeeded(
            _("This card has expired. Choose another, or add one."), field="payment_method"
        )
    return method


def _require_fresh(quote: Quote) -> None:
    """Compare the quote with how things stand. Raises :class:`QuoteStale`."""
    if quote.installation_id is None:
        if quote.site is not None and installation_on(quote.app, quote.site) is not None:
            order = _open_order(quote)
            if order is not None:
                raise OrderOpen(
                    _("Somebody else is ordering this app for this site right now."), order=order
                )
            raise QuoteStale(_("The app has been installed meanwhile. Look again."))
    else:
        # Locked: an order that is being fulfilled right now changes it before we look, or after
        # our own order stands; then the database refuses one of the two.
        current = Subscription.objects.select_for_update().filter(
            installation=quote.installation_id,
            status__in=Subscription.LIVE,
            version=quote.subscription_version or 0,
        )
        if current.first() is None:
            raise QuoteStale(_("The plan has changed meanwhile. Look again."))
    if _balance_line(quote) > unpromised_credit(quote.organization, quote.currency, quote.mode):
        raise QuoteStale(_("The credit has been used meanwhile. Look again."))


def _balance_line(quote: Quote) -> int:
    used = quote.lines.filter(kind=QuoteLine.Kind.BALANCE).aggregate(sum=Sum("amount"))["sum"]
    return -(used or 0)


def _write_order(
    actor: User, now: dt.datetime, quote: Quote, method: PaymentMethod | None
) -> Order:
    installation = quote.installation or _reserve_installation(actor, now, quote)
    program = quote.app.program
    deadline = dt.timedelta(seconds=program.ask_deadline)
    order = Order.objects.create(
        kind=Order.Kind.CHANGE_PLAN if quote.installation else Order.Kind.INSTALL,
        mode=quote.mode,
        organization_id=quote.organization_id,
        app_id=quote.app_id,
        installation=installation,
        quote=quote,
        payment_method=method,
        total=quote.total,
        currency=quote.currency,
        actor=actor,
        placed_at=now,
        give_up_at=now + deadline,
        next_attempt_at=now,
        plan_asks=program.plan_asks,
        ask_timeout=program.ask_timeout,
        commission_rate=program.commission_rate,
        trial_days=program.trial_days,
        renewal_events=program.renewal_events,
    )
    if quote.total and method is not None:
        order.payment = Payment.objects.create(
            key=order.key("pay"),
            organization_id=quote.organization_id,
            method=method,
            gateway=method.gateway,
            mode=quote.mode,
            currency=quote.currency,
            amount=quote.total,
            created_at=now,
        )
        order.save(update_fields=["payment"])
    note(order, "placed", order.status, now=now, actor=actor)
    return order


def _reserve_installation(actor: User, now: dt.datetime, quote: Quote) -> Installation:
    """Take the place of the installation before any money moves: the losing order fails here."""
    installation = Installation.objects.create(
        app_id=quote.app_id,
        organization_id=quote.organization_id,
        scope=quote.app.program.installs_on,
        site=quote.site,
        user=quote.user,
        mode=quote.mode,
        installed_by=actor,
        created_at=now,
    )
    # The app may call us while we wait for its answer, so the token works from here on.
    issue_installation_token(installation=installation, now=now)
    return installation


def _wake(order: Order) -> None:
    """Tell a worker; should the message be lost, the sweep finds the order due."""
    advance_order.delay(order_id=order.pk)

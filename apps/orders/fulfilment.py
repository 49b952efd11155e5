"""CAPTURED: the one local transaction that makes everything true at once, or not at all."""

import datetime as dt

from django.db import transaction
from django.db.models import F

from apps.accounts.holders import Holder
from apps.catalog.models import Plan, Price, Program
from apps.core.clock import start_of_day
from apps.entitlements.models import Entitlement
from apps.entitlements.services import end, grant
from apps.ledger.services import Sale, SaleLine, post_sale
from apps.orders.clock import Clock
from apps.orders.endings import forget_secrets
from apps.orders.happenings import record_happenings
from apps.orders.models import Order, Quote, QuoteLine
from apps.orders.saga import Outcome, move
from apps.subscriptions.models import Installation, Period, Subscription
from apps.webhooks.outbox import lock_stream


class CannotFulfil(Exception):
    """Our own rows are not as the order needs them; a person must look."""


def fulfil(order: Order, clock: Clock) -> None:
    """Write subscription, period, entitlement, ledger and events, and complete the order.

    Raises :class:`CannotFulfil` or a database error, and then nothing of it is written.
    """
    now = clock()
    with transaction.atomic():
        holder = order.installation.holder
        stream = lock_stream(order.app, holder)
        if order.kind == Order.Kind.INSTALL:
            subscription, old = _install(order, now), None
        else:
            subscription, old = _change_plan(order, now)
        if old is not None:
            end(
                actor=order.actor,
                now=now,
                entitlement=old,
                reason="Another plan took its place",
                reference=order.reference,
            )
        new = _grant(order, subscription, holder, now)
        _add_period(order, subscription, now)
        _post(order, now)
        record_happenings(
            order, stream=stream, subscription=subscription, old=old, new=new, now=now
        )
        move(order, Outcome.FULFILLED, now=now, next_attempt_at=None)
        forget_secrets(order)


def _install(order: Order, now: dt.datetime) -> Subscription:
    installed = Installation.objects.filter(
        pk=order.installation_id, status=Installation.Status.PENDING
    ).update(status=Installation.Status.ACTIVE, installed_at=now)
    if not installed:
        raise CannotFulfil("the installation is not pending any more")
    installation = order.installation
    quote = order.quote
    return Subscription.objects.create(
        app=order.app,
        installation=installation,
        organization=order.organization,
        scope=installation.scope,
        site=installation.site,
        user=installation.user,
        mode=order.mode,
        started_at=now,
        **_terms(order, quote, now),
    )


def _change_plan(order: Order, now: dt.datetime) -> tuple[Subscription, Entitlement | None]:
    quote = order.quote
    subscription = Subscription.objects.select_related("entitlement").get(
        installation=order.installation
    )
    changed = Subscription.objects.filter(
        pk=subscription.pk, version=quote.subscription_version or 0, status__in=Subscription.LIVE
    ).update(version=F("version") + 1, **_terms(order, quote, now))
    if not changed:
        raise CannotFulfil("the subscription changed after the quote was made")
    # All that is paid: what was left of it has been credited, so that no day is credited twice.
    Period.objects.filter(subscription=subscription, state=Period.State.PAID).update(
        state=Period.State.CUT
    )
    old = subscription.entitlement
    subscription.refresh_from_db()
    return subscription, old


def _terms(order: Order, quote: Quote, now: dt.datetime) -> dict[str, object]:
    """The columns of a subscription that a plan brings with it."""
    plan: Plan = quote.plan
    on_trial = plan.plan_type == Plan.PlanType.TRIAL
    days = order.trial_days
    return {
        "plan": plan,
        "price": quote.price,
        "quantity": quote.quantity,
        "units": quote.units,
        "status": Subscription.Status.TRIALING if on_trial else Subscription.Status.ACTIVE,
        "anchor_on": quote.anchor_on,
        "period_started_at": now if quote.period_ends_on else None,
        "period_ends_at": _end_of_period(order, quote),
        "trial_ends_at": now + dt.timedelta(days=days) if on_trial and days else None,
        "payment_method": order.payment_method,
    }


def _end_of_period(order: Order, quote: Quote) -> dt.datetime | None:
    if quote.period_ends_on is None:
        return None
    return start_of_day(quote.period_ends_on, order.organization.time_zone)


def _grant(
    order: Order, subscription: Subscription, holder: Holder, now: dt.datetime
) -> Entitlement:
    moves_with_renewals = order.renewal_events == Program.RenewalEvents.SEED
    new = grant(
        actor=order.actor,
        now=now,
        sku=order.quote.plan.sku,
        holder=holder,
        source=Entitlement.Source.PLAN,
        source_id=str(subscription.public_id),
        mode=order.mode,
        quantity=subscription.quantity,
        ends_at=subscription.period_ends_at if moves_with_renewals else None,
        reason=str(order.get_kind_display()),
        reference=order.reference,
    )
    Subscription.objects.filter(pk=subscription.pk).update(entitlement=new)
    subscription.entitlement = new
    return new


def _add_period(order: Order, subscription: Subscription, now: dt.datetime) -> None:
    quote = order.quote
    price: Price | None = quote.price
    if (
        price is None
        or quote.period_starts_on is None
        or quote.period_ends_on is None
        or subscription.period_ends_at is None
    ):
        return
    Period.objects.create(
        subscription=subscription,
        number=subscription.periods.count() + 1,
        price=price,
        quantity=quote.quantity,
        starts_on=quote.period_starts_on,
        ends_on=quote.period_ends_on,
        starts_at=now,
        ends_at=subscription.period_ends_at,
        amount=quote.period_amount or 0,
        currency=quote.currency,
        commission_rate=order.commission_rate,
        state=Period.State.PAID,
        reference=order.reference,
    )


def _post(order: Order, now: dt.datetime) -> None:
    """Book the sale as it was quoted. A test install moves no money and is not booked."""
    lines = list(order.quote.lines.select_related("sku__plan").order_by("position"))
    earned = [line for line in lines if line.kind in (QuoteLine.Kind.PLAN, QuoteLine.Kind.CREDIT)]
    if any(line.kind in (QuoteLine.Kind.TEST, QuoteLine.Kind.OWN) for line in lines):
        return
    payment = order.payment
    post_sale(
        Sale(
            reference=order.reference,
            mode=order.mode,
            app=order.app,
            organization=order.organization,
            vendor=order.app.vendor,
            gateway=payment.gateway if payment else "",
            currency=order.currency,
            charged=order.total,
            balance_used=-sum(line.amount for line in lines if line.kind == QuoteLine.Kind.BALANCE),
            balance_kept=sum(line.amount for line in lines if line.kind == QuoteLine.Kind.CARRIED),
            lines=[SaleLine(line.amount, _memo(line), line.commission_rate) for line in earned],
            commission_rate=order.commission_rate,
            occurred_at=now,
        )
    )


def _memo(line: QuoteLine) -> str:
    name = line.sku.slug if line.sku else ""
    return f"{name}, credit" if line.kind == QuoteLine.Kind.CREDIT else name

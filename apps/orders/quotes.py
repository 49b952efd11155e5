"""Making a quote: gather the facts, work out the amounts, write the rows."""

import datetime as dt

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from apps.accounts.access import billable_accounts, is_vendor_member, site_rights
from apps.accounts.models import Organization, Site, User
from apps.catalog.models import App, Plan, Price, Program
from apps.catalog.selectors import price_in_force
from apps.core.clock import local_date
from apps.core.errors import DomainError
from apps.core.modes import Mode
from apps.ledger.selectors import book_of, buyer_credit
from apps.orders.models import Order, Quote, QuoteLine
from apps.orders.offers import Problem, default_plan_of, problem_with
from apps.orders.quoting import MONTHS, PaidPeriod, QuoteFacts, work_out
from apps.subscriptions.models import Installation, Subscription
from apps.subscriptions.selectors import current_period, installation_on, live_subscription

HELD_FOR = dt.timedelta(minutes=30)
"""How long a quote is honoured."""


class NotAllowed(DomainError):
    """This person may not buy for this site."""

    code = "not_allowed"


class NotForSale(DomainError):
    """The app or the plan cannot be bought here now; ``problem`` says why a plan cannot."""

    code = "not_for_sale"

    def __init__(self, message: str, *, field: str = "", problem: Problem | None = None) -> None:
        super().__init__(message, field=field)
        self.problem = problem


class OrderOpen(DomainError):
    """Another order for this installation is under way; it is in ``order``."""

    code = "order_open"

    def __init__(self, message: str, *, order: Order | None) -> None:
        super().__init__(message)
        self.order = order


def write_quote(
    *,
    actor: User,
    now: dt.datetime,
    app: App,
    site: Site,
    plan: Plan,
    recurrency: str,
    named: bool,
) -> Quote:
    """Write the quote for ``plan`` on ``site``. See :func:`apps.orders.services.make_quote`."""
    organization = site.organization
    installation = installation_on(app, site)
    subscription = live_subscription(app, site)
    mode = _mode(actor, site, installation)
    _require_sellable_app(app, mode)
    _require_no_open_order(installation)
    price = _price(organization, plan, recurrency, now)
    _require_sellable_plan(app, plan, subscription, price, named=named)
    waived = _waived(app, organization, mode, price)
    facts = QuoteFacts(
        today=local_date(now, organization.time_zone),
        sku=plan.sku,
        price=price,
        quantity=1,
        units=_units(organization, price),
        anchor=app.program.upgrade_anchor,
        old=_paid_period(subscription, organization),
        balance=unpromised_credit(organization, organization.currency, mode),
        commission_rate=app.program.commission_rate,
        waived=waived,
    )
    worked = work_out(facts)
    with transaction.atomic():
        quote = Quote.objects.create(
            organization=organization,
            app=app,
            site=site,
            installation=installation,
            plan=plan,
            from_plan=subscription.plan if subscription else None,
            from_price=subscription.price if subscription else None,
            price=price,
            quantity=facts.quantity,
            units=facts.units,
            subscription_version=subscription.version if subscription else None,
            mode=mode,
            currency=organization.currency,
            total=worked.total,
            period_starts_on=worked.period.starts_on if worked.period else None,
            period_ends_on=worked.period.ends_on if worked.period else None,
            period_amount=worked.period_amount,
            renewal_amount=worked.renewal_amount,
            anchor_on=worked.anchor_on,
            actor=actor,
            made_at=now,
            expires_at=_held_until(now, subscription),
        )
        for line in worked.lines:
            line.quote = quote
        QuoteLine.objects.bulk_create(worked.lines)
    return quote


def unpromised_credit(organization: Organization, currency: str, mode: str) -> int:
    """Return the buyer's credit that no open order counts on yet; never below zero."""
    promised = QuoteLine.objects.filter(
        kind=QuoteLine.Kind.BALANCE,
        quote__organization=organization,
        quote__currency=currency,
        quote__mode=mode,
        quote__orders__status__in=Order.OPEN,
    ).aggregate(sum=Sum("amount"))["sum"]
    return max(buyer_credit(organization, currency, book_of(mode)) + (promised or 0), 0)


def _held_until(now: dt.datetime, subscription: Subscription | None) -> dt.datetime:
    """Return the end of the quote: a credit for unused days is not held beyond these days."""
    held_until = now + HELD_FOR
    if subscription is None or subscription.period_ends_at is None:
        return held_until
    if subscription.period_ends_at <= now:
        return held_until
    return min(held_until, subscription.period_ends_at)


def require_open_for(actor: User, app: App, site: Site) -> None:
    """Hold a page of plans to the rule of the quote that it leads to.

    Raises :class:`NotAllowed` and :class:`NotForSale`.
    """
    _require_sellable_app(app, _mode(actor, site, installation_on(app, site)))


def _mode(actor: User, site: Site, installation: Installation | None) -> str:
    """Say whose business it is: marketplace staff only make test installs, others never touch them.

    Raises :class:`NotAllowed`.
    """
    rights = site_rights(actor, site.site_name)
    if rights is None or not rights.may_buy:
        raise NotAllowed(_("Only the agency's own staff members can buy for this site."))
    is_test = rights.is_marketplace_staff
    if installation is None:
        if is_test:
            return Mode.TEST
        return Mode.SANDBOX if site.organization.is_sandbox else Mode.LIVE
    if is_test and installation.mode != Mode.TEST:
        raise NotAllowed(_("This is the agency's own installation: its staff members change it."))
    if not is_test and installation.mode == Mode.TEST:
        raise NotAllowed(_("This is a test install of the marketplace's staff: they change it."))
    return installation.mode


def _require_sellable_app(app: App, mode: str) -> None:
    allowed = [App.Status.PUBLISHED]
    if mode == Mode.TEST:
        allowed.append(App.Status.DRAFT)
    if app.program.installs_on != Program.InstallsOn.SITE:
        # Sold to organizations and people elsewhere; here the holder is a site.
        raise NotForSale(_("%(app)s is not sold for single sites.") % {"app": app.name})
    if app.status not in allowed or (app.is_in_beta and mode != Mode.TEST):
        raise NotForSale(_("%(app)s is not for sale now.") % {"app": app.name})


def _require_no_open_order(installation: Installation | None) -> None:
    if installation is None:
        return
    order = Order.objects.filter(installation=installation, status__in=Order.OPEN).first()
    if order is not None:
        raise OrderOpen(
            _("Another order for this app is under way. Wait for its end, or cancel it."),
            order=order,
        )


def _price(
    organization: Organization, plan: Plan, recurrency: str, now: dt.datetime
) -> Price | None:
    if plan.plan_type != Plan.PlanType.PAID:
        return None
    if recurrency:
        return price_in_force(plan.sku, organization.currency, recurrency, now)
    for each in (Price.Recurrency.MONTHLY, Price.Recurrency.YEARLY):
        price = price_in_force(plan.sku, organization.currency, each, now)
        if price is not None:
            return price
    return None


def _require_sellable_plan(
    app: App, plan: Plan, subscription: Subscription | None, price: Price | None, *, named: bool
) -> None:
    problem = problem_with(
        app=app,
        plan=plan,
        current=subscription.plan if subscription else None,
        default=default_plan_of(app),
        has_price=price is not None,
    )
    if problem is None and plan.is_hidden and not named:
        problem = Problem.UNKNOWN
    if problem is not None:
        raise NotForSale(
            _("This plan cannot be chosen: %(why)s.")
            % {"why": str(problem.label)[:1].lower() + str(problem.label)[1:]},
            field="plan",
            problem=problem,
        )


def _waived(app: App, organization: Organization, mode: str, price: Price | None) -> str:
    if mode == Mode.TEST:
        return QuoteLine.Kind.TEST
    if price is None or not is_vendor_member(organization, app.vendor):
        return ""
    match app.program.own_purchase:
        case Program.OwnPurchase.REFUSED:
            raise NotForSale(
                _("A vendor cannot buy its own paid plan. A free one is how to test."),
                field="plan",
            )
        case Program.OwnPurchase.FULL_DISCOUNT:
            return QuoteLine.Kind.OWN
    return ""


def _units(organization: Organization, price: Price | None) -> int:
    if price is not None and price.basis == Price.Basis.PER_ACCOUNT:
        return max(billable_accounts(organization), 1)
    return 1


def _paid_period(
    subscription: Subscription | None, organization: Organization
) -> PaidPeriod | None:
    period = current_period(subscription) if subscription else None
    if subscription is None or period is None:
        return None
    if period.currency != organization.currency:
        raise NotForSale(
            _("This plan is paid in %(old)s and the organization now pays in %(new)s. ")
            % {"old": period.currency, "new": organization.currency}
            + _("Ask the marketplace's staff to settle it.")
        )
    return PaidPeriod(
        sku=period.price.sku,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        amount=period.amount,
        paid_on=local_date(period.starts_at, organization.time_zone),
        anchor_on=subscription.anchor_on or period.starts_on,
        months=MONTHS[period.price.recurrency],
        commission_rate=period.commission_rate,
    )

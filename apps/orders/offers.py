"""What may be sold to whom now: the plans of the selection page and of a quote alike."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Site
from apps.catalog.models import App, Plan, Price
from apps.catalog.selectors import live_plans, prices_in_force
from apps.orders.models import Order
from apps.subscriptions.models import Installation, Subscription
from apps.subscriptions.selectors import installation_on, live_subscription


class Problem(models.TextChoices):
    """Why a plan that was named cannot be chosen."""

    UNKNOWN = "UNKNOWN", _("There is no such plan")
    """No plan has this UUID, or it is retired."""
    FOREIGN = "FOREIGN", _("The plan is another app's")
    """A plan of a different app."""
    ACTIVE = "ACTIVE", _("The plan is already active")
    """It is what the site has now."""
    LOWER = "LOWER", _("The plan is lower than the active one")
    """Its grade is not above the active plan's, and the program sells upgrades only."""
    UPGRADE_ONLY = "UPGRADE_ONLY", _("The plan is sold as an upgrade only")
    """Hidden: sold where the installed app names it in an upgrade, never as a first install."""
    DEFAULT_FIRST = "DEFAULT_FIRST", _("The app is installed with its default plan first")
    """The app has a default plan, which an install takes without a choice."""
    UNPRICED = "UNPRICED", _("The plan has no price")
    """A paid plan without a price in force in the buyer's currency."""


@dataclasses.dataclass(frozen=True, slots=True)
class NamedProblem:
    """A plan that an app or a link named, and why it is not offered."""

    plan_uuid: str
    problem: Problem


@dataclasses.dataclass(frozen=True, slots=True)
class PlanOffer:
    """A plan with what it costs now. ``price`` is ``None`` for free and trial plans."""

    plan: Plan
    price: Price | None
    is_current: bool


@dataclasses.dataclass(frozen=True, slots=True)
class PlanSelection:
    """All that the plan selection page shows.

    ``default_plan`` is set only where the app is not installed and has a default plan: then the
    selection is skipped and the buyer just confirms the installation.
    """

    app: App
    site: Site
    installation: Installation | None
    subscription: Subscription | None
    current: PlanOffer | None
    offers: tuple[PlanOffer, ...]
    recurrencies: tuple[str, ...]
    recurrency: str
    problems: tuple[NamedProblem, ...]
    default_plan: Plan | None
    open_order: Order | None


def problem_with(
    *, app: App, plan: Plan | None, current: Plan | None, default: Plan | None, has_price: bool
) -> Problem | None:
    """Return why ``plan`` cannot be bought in place of ``current``, or ``None`` if it can.

    Without ``current`` it is a first install; ``default`` is the app's default plan, if it has
    one. The one rule behind the page, the deep link and the quote.
    """
    if plan is None or plan.is_retired:
        return Problem.UNKNOWN
    if plan.app_id != app.pk:
        return Problem.FOREIGN
    found = _install_problem(plan, default) if current is None else _upgrade_problem(plan, current)
    if found is None and plan.plan_type == Plan.PlanType.PAID and not has_price:
        return Problem.UNPRICED
    return found


def _install_problem(plan: Plan, default: Plan | None) -> Problem | None:
    if default is not None:
        return None if plan.pk == default.pk else Problem.DEFAULT_FIRST
    return Problem.UPGRADE_ONLY if plan.is_hidden else None


def _upgrade_problem(plan: Plan, current: Plan) -> Problem | None:
    if plan.pk == current.pk:
        return Problem.ACTIVE
    return Problem.LOWER if plan.grade <= current.grade else None


def default_plan_of(app: App) -> Plan | None:
    """Return the plan that an install of ``app`` takes without a choice, if there is one."""
    return (
        Plan.objects.select_related("sku")
        .filter(app=app, is_default=True, retired_at__isnull=True)
        .first()
    )


def plan_selection(
    *,
    now: dt.datetime,
    app: App,
    site: Site,
    recurrency: str = "",
    named: Sequence[str] = (),
) -> PlanSelection:
    """Return the plans that ``site`` may choose from, lowest grade first.

    Without ``named`` these are the plans above the active one that are not hidden; with it,
    exactly the named ones that can be sold, hidden ones included, and the reasons for the rest.
    """
    organization = site.organization
    installation = installation_on(app, site)
    subscription = live_subscription(app, site)
    current = subscription.plan if subscription else None
    plans = list(live_plans(app))
    prices = prices_in_force([plan.sku_id for plan in plans], organization.currency, now)
    sold_as = {plan.pk: _recurrencies(plan, prices) for plan in plans}

    default = next((plan for plan in plans if plan.is_default), None)

    def problem(plan: Plan | None) -> Problem | None:
        return problem_with(
            app=app,
            plan=plan,
            current=current,
            default=default,
            has_price=plan is not None and bool(sold_as.get(plan.pk)),
        )

    problems: list[NamedProblem] = []
    if named:
        chosen, problems = _named_plans(plans, named, problem)
    else:
        chosen = [plan for plan in plans if not plan.is_hidden and problem(plan) is None]
    recurrencies = tuple(
        each
        for each in (Price.Recurrency.MONTHLY.value, Price.Recurrency.YEARLY.value)
        if any(each in sold_as[plan.pk] for plan in chosen)
    )
    picked = recurrency if recurrency in recurrencies else next(iter(recurrencies), "")
    return PlanSelection(
        app=app,
        site=site,
        installation=installation,
        subscription=subscription,
        current=_current_offer(subscription),
        offers=tuple(
            PlanOffer(plan, prices.get((plan.sku_id, picked)), is_current=False)
            for plan in chosen
            if plan.plan_type != Plan.PlanType.PAID or picked in sold_as[plan.pk]
        ),
        recurrencies=recurrencies,
        recurrency=picked,
        problems=tuple(problems),
        default_plan=None if installation or named else default,
        open_order=_open_order(installation),
    )


def _recurrencies(plan: Plan, prices: dict[tuple[int, str], Price]) -> tuple[str, ...]:
    return tuple(recurrency for sku_id, recurrency in prices if sku_id == plan.sku_id)


def _named_plans(
    plans: list[Plan], named: Sequence[str], problem_of: Callable[[Plan | None], Problem | None]
) -> tuple[list[Plan], list[NamedProblem]]:
    by_uuid = {str(plan.uuid): plan for plan in plans}
    chosen: dict[int, Plan] = {}
    problems = []
    for text in dict.fromkeys(named):
        plan = by_uuid.get(text.lower()) or _plan_anywhere(text)
        problem = problem_of(plan)
        if problem is not None:
            problems.append(NamedProblem(text, problem))
        elif plan is not None:
            chosen[plan.pk] = plan
    return sorted(chosen.values(), key=lambda plan: plan.grade), problems


def _plan_anywhere(text: str) -> Plan | None:
    try:
        value = uuid.UUID(text)
    except ValueError:
        return None
    return Plan.objects.select_related("sku").filter(uuid=value).first()


def _current_offer(subscription: Subscription | None) -> PlanOffer | None:
    if subscription is None:
        return None
    return PlanOffer(subscription.plan, subscription.price, is_current=True)


def _open_order(installation: Installation | None) -> Order | None:
    if installation is None:
        return None
    return Order.objects.filter(installation=installation, status__in=Order.OPEN).first()

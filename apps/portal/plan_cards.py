"""The plan selection as cards: which plan is on, what differs, what each would cost."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping

from django.utils.translation import gettext_lazy

from apps.catalog.models import Plan, Price
from apps.orders.offers import NamedProblem, PlanOffer, PlanSelection, Problem
from apps.portal.app_words import PlanWords, plan_words
from apps.subscriptions.models import Subscription

_REASONS: Mapping[str, object] = {
    Problem.UNKNOWN: gettext_lazy("There is no such plan. It may have been retired."),
    Problem.FOREIGN: gettext_lazy("This plan belongs to another app."),
    Problem.ACTIVE: gettext_lazy("This plan is already on for the site."),
    Problem.LOWER: gettext_lazy(
        "This plan is not above the one that is on. A lower plan is not offered: "
        "the app would have to be removed and installed again."
    ),
    Problem.UPGRADE_ONLY: gettext_lazy(
        "This plan is sold as an upgrade only. Install the app with another plan first."
    ),
    Problem.DEFAULT_FIRST: gettext_lazy(
        "The app is installed with its default plan first. Upgrade to this one afterwards."
    ),
    Problem.UNPRICED: gettext_lazy("This plan is not sold in your organization's currency now."),
}


@dataclasses.dataclass(frozen=True, slots=True)
class PlanCard:
    """One card of the selection. A current plan has no button."""

    words: PlanWords
    price: Price | None
    is_current: bool
    is_trial: bool
    renews_at: dt.datetime | None


@dataclasses.dataclass(frozen=True, slots=True)
class NamedPlanProblem:
    """A plan that a link named and that cannot be chosen, with the reason in words."""

    plan_uuid: str
    name: str
    reason: str


def plan_cards(selection: PlanSelection, language: str) -> tuple[PlanCard, ...]:
    """Return the active plan first, for comparison, and then the offers, lowest grade first."""
    offers = list(selection.offers)
    if selection.current is not None:
        offers.insert(0, selection.current)
    return tuple(_card(offer, selection.subscription, language) for offer in offers)


def named_problems(selection: PlanSelection, language: str) -> tuple[NamedPlanProblem, ...]:
    """Return why named plans are not offered; only this app's own plans are called by name."""
    names = _names_of(selection.problems, selection, language)
    return tuple(
        NamedPlanProblem(
            plan_uuid=problem.plan_uuid,
            name=names.get(problem.plan_uuid.lower(), ""),
            reason=str(_REASONS[problem.problem]),
        )
        for problem in selection.problems
    )


def _card(offer: PlanOffer, subscription: Subscription | None, language: str) -> PlanCard:
    return PlanCard(
        words=plan_words(offer.plan, language),
        price=offer.price,
        is_current=offer.is_current,
        is_trial=offer.plan.plan_type == Plan.PlanType.TRIAL,
        renews_at=subscription.period_ends_at if subscription and offer.is_current else None,
    )


def _names_of(
    problems: tuple[NamedProblem, ...], selection: PlanSelection, language: str
) -> dict[str, str]:
    wanted = set()
    for problem in problems:
        try:
            wanted.add(uuid.UUID(problem.plan_uuid))
        except ValueError:
            continue
    plans = Plan.objects.filter(app=selection.app, uuid__in=wanted).prefetch_related("profiles")
    return {str(plan.uuid): plan_words(plan, language).name for plan in plans.select_related("sku")}

"""What happened in the demo before today: orders placed and driven as any other, in the past.

Each one is quoted, placed and driven by the services and the engine of ``apps.orders``, which
take the time as a parameter; the demo app is asked over HTTP and the sandbox gateway plays bank.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable

from apps.accounts.models import Site
from apps.backoffice.demo import vendor_app
from apps.backoffice.demo.catalogue import demo_apps, plan_named
from apps.backoffice.demo.people import STAFF_EMAIL, person
from apps.catalog.models import App, Plan
from apps.orders.engine import advance
from apps.orders.models import Order
from apps.orders.services import make_quote, place_order
from apps.payments.models import PaymentMethod
from apps.payments.selectors import cards_of
from apps.webhooks.models import Attempt

MIA, NOA = "mia@northlight.example", "noa@northlight.example"
JONAS, CAMILLE = "jonas@northlight.example", "camille@vasseur.example"

REFUSAL = (
    "Workspace harbor-dental is linked to another Bookwell account. Ask its owner to release it "
    "under Settings › Workspaces, then try again."
)


class HistoryError(Exception):
    """An order of the demo did not end as it should have."""


@dataclasses.dataclass(frozen=True, slots=True)
class Purchase:
    """An order of the demo, ``days_ago`` days before the demo is made."""

    days_ago: int
    actor: str
    site: str
    app: str
    plan: str
    recurrency: str = ""
    card: str = ""
    refusal: str = ""
    ends: str = Order.Status.COMPLETED


PURCHASES = (
    Purchase(310, JONAS, "quayside-yoga", "tidemark-forms", "Trial"),
    # At last year's price, which it keeps.
    Purchase(300, JONAS, "quayside-yoga", "tidemark-forms", "Team", "YEARLY"),
    Purchase(200, CAMILLE, "cabinet-moreau", "lumen-seo", "Free"),
    Purchase(100, CAMILLE, "boulangerie-ravel", "bookwell", "Scale", "YEARLY"),
    Purchase(40, NOA, "oak-street-vets", "lumen-seo", "Free"),
    Purchase(20, MIA, "mill-lane-physio", "bookwell", "Starter", "MONTHLY"),
    Purchase(15, NOA, "mill-lane-physio", "lumen-seo", "Free"),
    Purchase(12, MIA, "harbor-dental", "bookwell", "Starter", "MONTHLY"),
    Purchase(10, CAMILLE, "cabinet-moreau", "lumen-seo", "Pro", "MONTHLY"),
    Purchase(9, MIA, "mill-lane-physio", "bookwell", "Growth", "MONTHLY"),
    # A test install by marketplace staff: never billed.
    Purchase(8, STAFF_EMAIL, "galerie-du-port", "bookwell", "Growth", "MONTHLY"),
    Purchase(6, NOA, "mill-lane-physio", "lumen-seo", "Basic", "MONTHLY"),
    Purchase(
        5,
        MIA,
        "lakeview-clinic",
        "bookwell",
        "Starter",
        "MONTHLY",
        card="0002",
        ends=Order.Status.DECLINED,
    ),
    Purchase(
        3,
        MIA,
        "harbor-dental",
        "bookwell",
        "Growth",
        "MONTHLY",
        refusal=REFUSAL,
        ends=Order.Status.REJECTED,
    ),
    Purchase(2, MIA, "mill-lane-physio", "tidemark-forms", "Trial"),
)


def missing_purchases() -> list[Purchase]:
    """The purchases that nobody has made or tried yet."""
    made = set(
        Order.objects.values_list("installation__site__site_name", "app__uuid", "quote__plan__uuid")
    )
    apps = demo_apps()
    return [
        purchase
        for purchase in PURCHASES
        if (
            purchase.site,
            apps[purchase.app].uuid,
            plan_named(apps[purchase.app], purchase.plan).uuid,
        )
        not in made
    ]


def make_history(*, now: dt.datetime, demo_app_url: str) -> None:
    """Make the purchases that are missing, oldest first. Raises :class:`HistoryError`."""
    apps = demo_apps()
    for purchase in missing_purchases():
        app = apps[purchase.app]
        if purchase.refusal:
            vendor_app.instruct(
                demo_app_url,
                do="refuse",
                text=purchase.refusal,
                app=purchase.app,
                site_name=purchase.site,
            )
        _buy(purchase, app, plan_named(app, purchase.plan), now)


def _buy(purchase: Purchase, app: App, plan: Plan, now: dt.datetime) -> None:
    actor = person(purchase.actor)
    site = Site.objects.select_related("organization").get(site_name=purchase.site)
    clock = _clock_from(now - dt.timedelta(days=purchase.days_ago))
    quote = make_quote(
        actor=actor,
        now=clock(),
        app=app,
        site=site,
        plan=plan,
        recurrency=purchase.recurrency,
    )
    order = place_order(
        actor=actor, now=clock(), quote=quote, payment_method=_card(site, purchase.card)
    )
    advance(order.pk, clock)
    order.refresh_from_db()
    if order.status != purchase.ends:
        raise HistoryError(
            f"{purchase.app} {purchase.plan} for {purchase.site}: "
            f"the order is {order.status}, not {purchase.ends}."
        )
    _set_back_attempts(order)


def _card(site: Site, last4: str) -> PaymentMethod | None:
    cards = cards_of(site.organization)
    return (cards.filter(last4=last4) if last4 else cards).first()


def _clock_from(start: dt.datetime) -> Callable[[], dt.datetime]:
    """A clock of the past: two seconds go by between looks at it."""
    moment = start

    def clock() -> dt.datetime:
        nonlocal moment
        moment += dt.timedelta(seconds=2)
        return moment

    return clock


def _set_back_attempts(order: Order) -> None:
    """Move the attempts' times to the order's.

    Requests are stamped with the real clock, as their signatures must be; in the order's story
    they belong between its other steps.
    """
    answered_at = dict(order.events.values_list("attempt", "at"))
    for attempt in Attempt.objects.filter(pk__in=[pk for pk in answered_at if pk]):
        took = dt.timedelta(milliseconds=attempt.duration_ms or 0)
        attempt.finished_at = answered_at[attempt.pk]
        attempt.started_at = attempt.finished_at - took
        attempt.save(update_fields=["started_at", "finished_at"])

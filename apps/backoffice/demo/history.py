"""What happened in the demo before today: orders placed and driven as any other, in the past.

Each one is quoted, placed and driven by the services and the engine of ``apps.orders``, which
take the time as a parameter; the demo app is asked over HTTP and the sandbox gateway plays bank.
"""

import dataclasses
import datetime as dt
import zoneinfo
from collections.abc import Callable
from uuid import UUID

from apps.accounts.models import Site
from apps.backoffice.demo import vendor_app
from apps.backoffice.demo.catalogue import demo_app, demo_apps
from apps.backoffice.demo.people import STAFF_EMAIL, person
from apps.catalog.models import App, Plan
from apps.core.clock import local_date
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
    """An order of the demo: ``days_ago`` days before the demo is made, ``at`` the payer's clock."""

    days_ago: int
    at: str
    actor: str
    site: str
    app: str
    plan: str
    recurrency: str = ""
    card: str = ""
    refusal: str = ""
    ends: str = Order.Status.COMPLETED

    @property
    def plan_uuid(self) -> UUID:
        """The UUID of the plan, which keeps it whatever it is called by now."""
        return demo_app(self.app).plan_uuid(self.plan)


PURCHASES = (
    Purchase(310, "09:41", JONAS, "quayside-yoga", "tidemark-forms", "Trial"),
    # At last year's price, which it keeps.
    Purchase(300, "16:05", JONAS, "quayside-yoga", "tidemark-forms", "Team", "YEARLY"),
    Purchase(200, "11:20", CAMILLE, "cabinet-moreau", "lumen-seo", "Free"),
    Purchase(100, "14:52", CAMILLE, "boulangerie-ravel", "bookwell", "Scale", "YEARLY"),
    Purchase(40, "10:33", NOA, "oak-street-vets", "lumen-seo", "Free"),
    Purchase(20, "15:18", MIA, "mill-lane-physio", "bookwell", "Starter", "MONTHLY"),
    Purchase(15, "09:07", NOA, "mill-lane-physio", "lumen-seo", "Free"),
    Purchase(12, "11:46", MIA, "harbor-dental", "bookwell", "Starter", "MONTHLY"),
    Purchase(10, "17:29", CAMILLE, "cabinet-moreau", "lumen-seo", "Pro", "MONTHLY"),
    Purchase(9, "10:02", MIA, "mill-lane-physio", "bookwell", "Growth", "MONTHLY"),
    # A test install by marketplace staff: never billed.
    Purchase(8, "13:15", STAFF_EMAIL, "galerie-du-port", "bookwell", "Growth", "MONTHLY"),
    Purchase(6, "16:40", NOA, "mill-lane-physio", "lumen-seo", "Basic", "MONTHLY"),
    Purchase(
        5,
        "09:58",
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
        "14:31",
        MIA,
        "harbor-dental",
        "bookwell",
        "Growth",
        "MONTHLY",
        refusal=REFUSAL,
        ends=Order.Status.REJECTED,
    ),
    Purchase(2, "12:24", MIA, "mill-lane-physio", "tidemark-forms", "Trial"),
)


def missing_purchases() -> list[Purchase]:
    """The purchases that nobody has made or tried yet."""
    made = set(Order.objects.values_list("installation__site__site_name", "quote__plan__uuid"))
    return [purchase for purchase in PURCHASES if (purchase.site, purchase.plan_uuid) not in made]


def make_history(*, now: dt.datetime, demo_app_url: str) -> None:
    """Make the purchases that are missing, oldest first. Raises :class:`HistoryError`."""
    apps = demo_apps()
    for purchase in missing_purchases():
        if purchase.refusal:
            vendor_app.instruct(
                demo_app_url,
                do="refuse",
                text=purchase.refusal,
                app=purchase.app,
                site_name=purchase.site,
            )
        _buy(purchase, apps[purchase.app], now)


def _buy(purchase: Purchase, app: App, now: dt.datetime) -> None:
    actor = person(purchase.actor)
    site = Site.objects.select_related("organization").get(site_name=purchase.site)
    clock = _clock_from(_moment(purchase, site.organization.time_zone, now))
    quote = make_quote(
        actor=actor,
        now=clock(),
        app=app,
        site=site,
        plan=Plan.objects.get(uuid=purchase.plan_uuid),
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


def _moment(purchase: Purchase, time_zone: str, now: dt.datetime) -> dt.datetime:
    day = local_date(now, time_zone) - dt.timedelta(days=purchase.days_ago)
    time = dt.time.fromisoformat(purchase.at)
    return dt.datetime.combine(day, time, tzinfo=zoneinfo.ZoneInfo(time_zone)).astimezone(dt.UTC)


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

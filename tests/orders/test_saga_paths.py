"""The good end of an order, first install and plan change, with everything that it leaves."""

import pytest

from apps.entitlements.models import Entitlement, EntitlementChange
from apps.ledger.models import Transaction
from apps.ledger.selectors import entries_of
from apps.orders.models import Order
from apps.payments.models import GatewayCall, Payment
from apps.subscriptions.models import Installation, Subscription
from apps.webhooks.models import Ask, Attempt, Event
from tests.factories import AppFactory, PlanFactory
from tests.fakes.market import Market
from tests.orders.standing import EVENTS_OF_CHANGE, EVENTS_OF_INSTALL, Standing, standing, story

pytestmark = pytest.mark.django_db

ON_STARTER = Standing(
    bank=(("CAPTURED", 1900, 0),),
    payments=(("CAPTURED", 1900, 0),),
    installations=("ACTIVE",),
    plan="starter",
    periods=(("PAID", 1900),),
    entitled_to=("starter",),
    usable_tokens=1,
    events=EVENTS_OF_INSTALL,
    booked=(("CASH", 1900), ("COMMISSION", -380), ("VENDOR_PAYABLE", -1520)),
)


def test_an_install_is_held_asked_charged_booked_and_told(market: Market) -> None:
    order = market.run(market.place(market.starter))

    assert order.status == Order.Status.COMPLETED
    assert order.finished_at == market.clock()
    assert story(order) == ["payment held", "app said yes", "payment charged", "fulfilled"]
    assert market.vendor_app.paths() == ["/install"]
    assert standing(market) == ON_STARTER


def test_nothing_is_asked_before_the_money_is_held_nor_charged_before_the_yes(
    market: Market,
) -> None:
    order = market.run(market.place(market.starter))

    (hold, charge) = GatewayCall.objects.order_by("pk")
    (attempt,) = Attempt.objects.all()
    assert (hold.act, hold.key, hold.outcome) == ("AUTHORIZE", order.key("pay"), "YES")
    assert (charge.act, charge.key, charge.outcome) == ("CAPTURE", order.key("capture"), "YES")
    assert (attempt.state, attempt.outcome, attempt.status_code) == ("DONE", "YES", 200)
    statuses = list(order.events.order_by("pk").values_list("from_status", "to_status"))
    assert statuses == [
        ("PLACED", "PLACED"),
        ("PLACED", "AUTHORIZED"),
        ("AUTHORIZED", "ACCEPTED"),
        ("ACCEPTED", "CAPTURED"),
        ("CAPTURED", "COMPLETED"),
    ]


def test_a_plan_change_charges_the_difference_and_the_old_right_ends_before_the_new(
    market: Market,
) -> None:
    market.buy(market.starter)
    market.clock.forward(days=10)
    order = market.run(market.place(market.growth))

    # 20 of 30 days of €19.00 are unused: 1900 × 20 ÷ 30 = 1266.67 → 1267.
    assert (order.status, order.total) == (Order.Status.COMPLETED, 4900 - 1267)
    assert market.vendor_app.paths() == ["/install", "/change"]
    assert standing(market) == Standing(
        bank=(("CAPTURED", 1900, 0), ("CAPTURED", 3633, 0)),
        payments=(("CAPTURED", 1900, 0), ("CAPTURED", 3633, 0)),
        installations=("ACTIVE",),
        plan="growth",
        periods=(("CUT", 1900), ("PAID", 4900)),
        entitled_to=("growth",),
        usable_tokens=1,
        events=EVENTS_OF_INSTALL + EVENTS_OF_CHANGE,
        # 380 + 980 − 253 (20 % of 1267 = 253.4) is ours, the rest the vendor's.
        booked=(("CASH", 5533), ("COMMISSION", -1107), ("VENDOR_PAYABLE", -4426)),
    )
    old, new = Entitlement.objects.order_by("pk")
    assert (old.ended_at, old.revoked_at, old.deleted_at) == (market.clock(), None, None)
    assert (new.starts_at, new.ended_at) == (market.clock(), None)
    changes = EntitlementChange.objects.filter(reference=order.reference).order_by("pk")
    assert list(changes.values_list("entitlement", "action")) == [
        (old.pk, "ENDED"),
        (new.pk, "CREATED"),
    ]


def test_the_subscription_stays_the_same_one_through_a_plan_change(market: Market) -> None:
    market.buy(market.starter)
    before = Subscription.objects.get()
    market.buy(market.growth)

    after = Subscription.objects.get()
    assert (after.pk, after.public_id, after.started_at) == (
        before.pk,
        before.public_id,
        before.started_at,
    )
    assert (before.version, after.version) == (1, 2)
    assert after.price == market.growth.sku.prices.get(recurrency="MONTHLY")


def test_a_free_plan_moves_no_money_and_books_nothing(market: Market) -> None:
    order = market.run(market.place(market.free))

    assert story(order) == ["nothing to pay", "app said yes", "payment charged", "fulfilled"]
    assert order.payment is None
    assert standing(market) == Standing(
        installations=("ACTIVE",),
        plan="free",
        entitled_to=("free",),
        usable_tokens=1,
        events=EVENTS_OF_INSTALL,
    )


def test_a_free_plan_becomes_paid_at_its_full_price(market: Market) -> None:
    market.buy(market.free)
    order = market.run(market.place(market.starter))

    assert (order.kind, order.total) == (Order.Kind.CHANGE_PLAN, 1900)
    assert standing(market).booked == ON_STARTER.booked


def test_an_app_that_is_not_asked_is_charged_for_without_a_request(market: Market) -> None:
    market.program.plan_asks = ""
    market.program.save()
    order = market.run(market.place(market.starter))

    assert story(order) == ["payment held", "app is not asked", "payment charged", "fulfilled"]
    assert market.vendor_app.received == []
    assert Ask.objects.count() == 0
    assert standing(market) == ON_STARTER


def test_an_app_without_an_address_for_this_kind_is_not_asked_it(market: Market) -> None:
    market.app.change_url = ""
    market.app.save()
    market.buy(market.starter)
    order = market.run(market.place(market.growth))

    assert "app is not asked" in story(order)
    assert market.vendor_app.paths() == ["/install"]


def test_a_trial_plan_costs_nothing_and_is_marked_as_a_trial(market: Market) -> None:
    market.program.trial_days = 14
    market.program.save()
    app = AppFactory(program=market.program, install_url=market.app.install_url)
    market.app = app
    trial = PlanFactory(app=app, trial=True, grade=0, sku__slug="trial")
    market.buy(trial)

    subscription = Subscription.objects.get()
    assert subscription.status == Subscription.Status.TRIALING
    assert subscription.trial_ends_at is not None
    assert (subscription.trial_ends_at - market.clock()).days == 14
    assert standing(market).entitled_to == ("trial",)


def test_events_carry_the_facts_of_their_moment(market: Market) -> None:
    market.buy(market.free)
    order = market.buy(market.starter)

    events = {event.type: event for event in Event.objects.filter(reference=order.reference)}
    installation = Installation.objects.get()
    subscription = Subscription.objects.get()
    assert events["plan.changed"].data == {
        "installation": str(installation.public_id),
        "subscription": str(subscription.public_id),
        "site_name": market.site.site_name,
        "plan_uuid": str(market.starter.uuid),
        "previous_plan_uuid": str(market.free.uuid),
        "recurrency": "MONTHLY",
        "status": "ACTIVE",
        # 20 Dec 2026 begins in Berlin at 23:00 UTC of the day before.
        "renews_at": "2026-12-19T23:00:00+00:00",
        "is_test": False,
    }
    assert events["order.completed"].data == {
        "order": str(order.public_id),
        "number": order.number,
        "kind": "CHANGE_PLAN",
        "total": 1900,
        "currency": "EUR",
        "minor_digits": 2,
    }
    assert events["entitlement.ended"].data["sku"] == "free"
    assert events["entitlement.created"].data["sku"] == "starter"
    assert [events[name].sequence for name in EVENTS_OF_CHANGE] == [4, 5, 6, 7]
    assert {event.mode for event in events.values()} == {"LIVE"}


def test_the_sums_of_quote_order_payment_bank_and_ledger_are_one(market: Market) -> None:
    market.buy(market.starter)
    market.clock.forward(days=7)
    quote = market.quote(market.growth)
    order = market.buy(market.growth)

    payment = Payment.objects.get(key=order.key("pay"))
    lines = sum(order.quote.lines.values_list("amount", flat=True))
    debits = sum(entry.amount for entry in entries_of(order.reference) if entry.amount > 0)
    assert quote.total == order.quote.total == order.total == lines
    assert payment.amount == payment.captured_amount == order.total
    assert standing(market).bank[-1] == ("CAPTURED", order.total, 0)
    cash = entries_of(order.reference).get(account__kind="CASH")
    assert cash.amount == order.total
    # The credit takes back from vendor and commission what the old plan had earned them.
    assert debits == order.total - order.quote.lines.get(kind="CREDIT").amount
    transaction = Transaction.objects.get(reference=order.reference)
    assert (transaction.is_sealed, transaction.book, transaction.kind) == (True, "LIVE", "SALE")

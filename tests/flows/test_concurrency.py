"""Two at once, on real connections. What counts is PostgreSQL; SQLite lets one write at a time."""

import datetime as dt
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from apps.ledger.checking import findings
from apps.ledger.models import Account, Transaction
from apps.ledger.selectors import buyer_credit
from apps.ledger.services import Posting, open_account, post
from apps.orders import fulfilment
from apps.orders.engine import advance
from apps.orders.models import Order, Quote
from apps.orders.services import (
    OrderOpen,
    QuoteStale,
    TooLate,
    make_quote,
    place_order,
    withdraw_order,
)
from apps.payments.models import GatewayCall, Payment, PaymentMethod, SandboxCharge
from apps.payments.services import add_card
from apps.subscriptions.models import Installation
from apps.webhooks.models import Attempt, Event
from tests.factories import MembershipFactory, SiteFactory
from tests.fakes.market import Market
from tests.fakes.threads import at_once, in_background
from tests.fakes.vendor_app import Reply
from tests.orders.standing import EVENTS_OF_INSTALL, ending, standing, story
from tests.orders.test_saga_paths import ON_STARTER

pytestmark = pytest.mark.django_db(transaction=True)


def placing(market: Market, quote: Quote, actor: Any = None) -> Callable[[], Order]:
    return lambda: place_order(
        actor=actor or market.buyer,
        now=market.clock(),
        quote=Quote.objects.get(pk=quote.pk),
        payment_method=market.card,
    )


def running(market: Market, order: Order) -> Callable[[], int]:
    return lambda: advance(order.pk, market.clock)


def test_a_quote_placed_eight_times_at_once_is_one_order_and_one_charge(market: Market) -> None:
    quote = market.quote(market.starter)
    orders = at_once(*[placing(market, quote)] * 8)

    assert {type(order) for order in orders} == {Order}, orders
    assert len({order.pk for order in orders}) == 1
    assert Payment.objects.count() == Installation.objects.count() == 1
    market.run(orders[0])
    assert standing(market) == ON_STARTER


def test_an_upgrade_placed_eight_times_at_once_is_one_order_and_one_charge(
    market: Market,
) -> None:
    market.buy(market.starter)
    quote = market.quote(market.growth)
    orders = at_once(*[placing(market, quote)] * 8)

    assert len({order.pk for order in orders}) == 1, orders
    market.run(orders[0])
    assert [state for state, _, _ in standing(market).bank] == ["CAPTURED", "CAPTURED"]
    assert standing(market).plan == "growth"


def test_two_people_upgrading_one_site_at_once_make_one_order(market: Market) -> None:
    market.buy(market.free)
    colleague = MembershipFactory(organization=market.agency).user
    mine = market.quote(market.starter)
    theirs = make_quote(
        actor=colleague,
        now=market.clock(),
        app=market.app,
        site=market.site,
        plan=market.growth,
    )
    results = at_once(placing(market, mine), placing(market, theirs, colleague))

    (order,) = [each for each in results if isinstance(each, Order)]
    (loser,) = [each for each in results if not isinstance(each, Order)]
    assert isinstance(loser, OrderOpen)
    assert loser.order == order
    market.run(order)
    assert order.status == Order.Status.COMPLETED
    assert standing(market).bank == (("CAPTURED", order.total, 0),)
    # Whoever lost looks again and sees what is so now.
    with pytest.raises(QuoteStale):
        placing(market, theirs if order.quote == mine else mine)()


def test_two_installs_of_one_app_on_one_site_at_once_make_one_installation(
    market: Market,
) -> None:
    quotes = [market.quote(market.starter), market.quote(market.growth)]
    results = at_once(*[placing(market, quote) for quote in quotes])

    (order,) = [each for each in results if isinstance(each, Order)]
    (loser,) = [each for each in results if not isinstance(each, Order)]
    assert isinstance(loser, OrderOpen)
    assert loser.order == order
    assert Installation.objects.count() == Payment.objects.count() == 1
    market.run(order)
    assert standing(market).bank == (("CAPTURED", order.total, 0),)


def test_eight_workers_on_one_order_hold_ask_and_charge_once(market: Market) -> None:
    market.vendor_app.answer("/install", Reply(hang=0.3))
    order = market.place(market.starter)
    taken = at_once(*[running(market, order)] * 8)

    assert all(isinstance(each, int) for each in taken), taken
    assert ending(order) == ("COMPLETED", "")
    assert Attempt.objects.filter(ask__isnull=False).count() == 1
    assert sorted(GatewayCall.objects.values_list("act", flat=True)) == ["AUTHORIZE", "CAPTURE"]
    assert market.vendor_app.paths() == ["/install"]
    assert standing(market) == ON_STARTER


def test_an_upgrade_placed_while_another_is_being_fulfilled_is_stale_and_never_charged(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    market.buy(market.free)
    first = market.place(market.starter)
    Order.objects.update(status="COMPLETED")  # so that a second quote can be made beside it
    late = market.quote(market.growth)
    Order.objects.filter(pk=first.pk).update(status="PLACED")

    fulfilling, go_on = threading.Event(), threading.Event()
    real = fulfilment.record_happenings

    def wait_in_the_transaction(*args: Any, **facts: Any) -> None:
        real(*args, **facts)
        fulfilling.set()
        assert go_on.wait(timeout=10)

    monkeypatch.setattr(fulfilment, "record_happenings", wait_in_the_transaction)
    first_done = in_background(running(market, first))
    assert fulfilling.wait(timeout=10)
    late_done = in_background(placing(market, late))
    threading.Event().wait(0.3)
    go_on.set()

    first_done()
    result = late_done()
    # Refused for the order that is open, or for the plan that has changed: never placed.
    assert isinstance(result, OrderOpen | QuoteStale), result
    assert ending(first) == ("COMPLETED", "")
    assert Order.objects.exclude(pk=first.pk).filter(quote=late).count() == 0


def give_credit(market: Market, amount: int) -> None:
    """Let the agency have ``amount`` left over, as if from an earlier order."""
    facts = {"book": "LIVE", "currency": "EUR"}
    credit = open_account(kind=Account.Kind.BUYER_CREDIT, organization=market.agency, **facts)
    cash = open_account(kind=Account.Kind.CASH, gateway="sandbox", **facts)
    post(
        kind=Transaction.Kind.SALE,
        reference=f"order:credit-{amount}",
        book="LIVE",
        app=None,
        commission_rate=Decimal(0),
        occurred_at=market.clock(),
        postings=[Posting(cash, amount, "paid"), Posting(credit, -amount, "left over")],
    )


def test_credit_that_two_quotes_count_on_is_used_by_one_of_them(market: Market) -> None:
    give_credit(market, 1500)
    here, there = market.site, SiteFactory(organization=market.agency)
    quotes = []
    for site in (here, there):
        market.site = site
        quotes.append(market.quote(market.starter))
    assert [quote.total for quote in quotes] == [400, 400]
    results = at_once(*[placing(market, quote) for quote in quotes])

    (order,) = [each for each in results if isinstance(each, Order)]
    (loser,) = [each for each in results if not isinstance(each, Order)]
    assert isinstance(loser, QuoteStale)
    # Promised to an open order, it is not offered a second time either.
    market.site = there if order.quote.site == here else here
    assert market.quote(market.starter).total == 1900
    market.run(order)
    assert buyer_credit(market.agency, "EUR", "LIVE") == 0
    assert list(findings()) == []


def test_credit_of_a_refused_order_is_there_again(market: Market) -> None:
    give_credit(market, 1500)
    market.vendor_app.answer("/install", Reply(400, "No."))
    market.run(market.place(market.starter))

    assert buyer_credit(market.agency, "EUR", "LIVE") == 1500
    assert market.quote(market.starter).total == 400


def test_two_cards_added_at_once_leave_one_default(market: Market) -> None:
    def adding(number: str) -> Callable[[], PaymentMethod]:
        return lambda: add_card(
            actor=market.buyer,
            now=market.clock(),
            organization=market.agency,
            number=number,
            expires_month=12,
            expires_year=2030,
        )

    cards = at_once(*[adding("4242424242424242"), adding("5555555555554444")] * 3)

    assert all(isinstance(card, PaymentMethod) for card in cards), cards
    default = PaymentMethod.objects.get(organization=market.agency, is_default=True)
    assert default in cards
    assert PaymentMethod.objects.count() == 7


def test_the_buyer_calls_off_while_the_app_works_on_the_ask(market: Market) -> None:
    order = market.place(market.starter)
    done = []

    def call_off() -> None:
        done.append(
            at_once(lambda: withdraw_order(actor=market.buyer, now=market.clock(), order=order))[0]
        )

    market.vendor_app.answer("/install", Reply(before=call_off))
    market.settle(order)

    assert isinstance(done[0], Order)
    assert ending(order) == ("ABANDONED", "WITHDRAWN")
    assert market.vendor_app.paths() == ["/install", "/uninstall"]
    assert standing(market).bank == (("VOIDED", 1900, 0),)
    assert standing(market).booked == ()


@pytest.mark.parametrize("milliseconds", [0, 20, 60, 120, 250])
def test_calling_off_and_going_on_at_once_end_in_one_of_two_ways(
    market: Market, milliseconds: int
) -> None:
    market.vendor_app.answer("/install", Reply(hang=0.05))
    order = market.place(market.starter)

    def call_off() -> Order:
        threading.Event().wait(milliseconds / 1000)
        return withdraw_order(actor=market.buyer, now=market.clock(), order=order)

    _taken, called_off = at_once(running(market, order), call_off)
    market.settle(order)

    if isinstance(called_off, TooLate):
        assert ending(order) == ("COMPLETED", "")
        assert standing(market) == ON_STARTER
    else:
        assert ending(order) == ("ABANDONED", "WITHDRAWN")
        assert standing(market).bank in ((), (("VOIDED", 1900, 0),))
        assert standing(market).events == standing(market).booked == ()
        asked = market.vendor_app.paths()
        assert asked in ([], ["/install", "/uninstall"]), story(order)


def test_orders_of_many_sites_at_once_are_each_charged_once_and_numbered_without_gaps(
    market: Market,
) -> None:
    orders = []
    for site in [SiteFactory(organization=market.agency) for _ in range(6)]:
        market.site = site
        orders.append(market.place(market.starter))
    results = at_once(*[running(market, order) for order in orders])

    assert all(isinstance(each, int) for each in results), results
    assert [ending(order) for order in orders] == [("COMPLETED", "")] * 6
    assert SandboxCharge.objects.filter(state="CAPTURED").count() == 6
    assert list(findings()) == []
    for order in orders:
        told = Event.objects.filter(reference=order.reference).order_by("sequence")
        assert [(event.sequence, event.type) for event in told] == list(
            enumerate(EVENTS_OF_INSTALL, start=1)
        )


def test_a_worker_that_was_away_for_too_long_cannot_move_the_order_it_lost(
    market: Market,
) -> None:
    """The first worker's answer comes when a second one has asked, charged and completed."""
    market.program.ask_timeout = 5  # the first request waits for the second worker
    market.program.save()
    order = market.place(market.starter)

    def let_another_worker_take_over() -> None:
        market.clock.now += dt.timedelta(seconds=40)
        at_once(running(market, order))

    market.vendor_app.answer("/install", Reply(500, before=let_another_worker_take_over))
    advance(order.pk, market.clock)

    assert ending(order) == ("COMPLETED", "")
    assert standing(market) == ON_STARTER
    late, good = Attempt.objects.order_by("number")
    assert (late.state, late.outcome, late.status_code) == ("DONE", "UNKNOWN", 500)
    assert (good.state, good.outcome) == ("DONE", "YES")
    assert story(order) == [
        "payment held",
        "app said yes",
        "payment charged",
        "fulfilled",
        "late answer",
    ]


def test_a_yes_that_comes_on_a_lost_lease_is_undone_twice(market: Market) -> None:
    """While the first worker waits, its lease runs out and the buyer calls the order off."""
    market.program.ask_timeout = 5
    market.program.save()
    order = market.place(market.starter)

    def call_off_elsewhere() -> None:
        market.clock.now += dt.timedelta(seconds=40)
        at_once(lambda: withdraw_order(actor=market.buyer, now=market.clock(), order=order))
        at_once(running(market, order))

    market.vendor_app.answer("/install", Reply(200, before=call_off_elsewhere))
    market.settle(order)

    assert ending(order) == ("ABANDONED", "WITHDRAWN")
    assert market.vendor_app.paths() == ["/install", "/uninstall", "/uninstall"]
    assert "late answer" in story(order)
    assert standing(market).bank == (("VOIDED", 1900, 0),)

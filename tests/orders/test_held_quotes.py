"""A quote is honoured to the cent until it expires or what it quoted has changed."""

import datetime as dt

import pytest

from apps.orders.models import Order
from apps.orders.services import (
    PaymentMethodNeeded,
    QuoteExpired,
    QuoteStale,
    place_order,
)
from apps.payments.models import Payment, PaymentMethod
from tests.factories import OrganizationFactory, PaymentMethodFactory, PriceFactory, SiteFactory
from tests.fakes.market import Market
from tests.orders.standing import standing

pytestmark = pytest.mark.django_db


def test_a_quote_is_honoured_to_the_cent_after_the_price_changed(market: Market) -> None:
    quote = market.quote(market.starter)
    PriceFactory(sku=market.starter.sku, amount=9900, starts_at=market.clock())
    market.clock.forward(minutes=29)
    order = market.run(
        place_order(actor=market.buyer, now=market.clock(), quote=quote, payment_method=market.card)
    )

    assert (order.status, order.total) == (Order.Status.COMPLETED, 1900)
    assert standing(market).bank == (("CAPTURED", 1900, 0),)


def test_an_expired_quote_is_not_placed_and_a_new_one_has_the_new_price(market: Market) -> None:
    quote = market.quote(market.starter)
    assert quote.expires_at == market.clock() + dt.timedelta(minutes=30)
    PriceFactory(sku=market.starter.sku, amount=2900, starts_at=market.clock())
    market.clock.forward(minutes=30)
    with pytest.raises(QuoteExpired):
        place_order(actor=market.buyer, now=market.clock(), quote=quote, payment_method=market.card)

    assert not Order.objects.exists()
    assert not Payment.objects.exists()
    assert market.vendor_app.received == []
    assert market.quote(market.starter).total == 2900


def test_a_done_order_comes_back_for_its_quote_even_when_that_has_expired(market: Market) -> None:
    quote = market.quote(market.starter)
    placed = {"actor": market.buyer, "quote": quote, "payment_method": market.card}
    order = market.run(place_order(now=market.clock(), **placed))
    market.clock.forward(hours=5)

    assert place_order(now=market.clock(), **placed) == order
    assert Payment.objects.count() == 1


def test_a_quote_for_a_plan_that_changed_meanwhile_is_stale(market: Market) -> None:
    market.buy(market.free)
    quote = market.quote(market.growth)
    market.buy(market.starter)
    with pytest.raises(QuoteStale):
        place_order(actor=market.buyer, now=market.clock(), quote=quote, payment_method=market.card)
    assert standing(market).plan == "starter"


def test_a_quote_with_credit_is_not_held_beyond_the_period_that_earned_it(market: Market) -> None:
    market.buy(market.starter)
    period_ends_at = dt.datetime(2026, 12, 19, 23, tzinfo=dt.UTC)  # midnight in Berlin
    market.clock.now = period_ends_at - dt.timedelta(minutes=10)

    assert market.quote(market.growth).expires_at == period_ends_at


@pytest.mark.parametrize("whose", ["none", "a stranger's", "removed", "expired"])
def test_a_paid_order_needs_a_card_of_its_payer_that_still_works(
    market: Market, whose: str
) -> None:
    quote = market.quote(market.starter)
    card: PaymentMethod | None = market.card
    if whose == "none":
        card = None
    elif whose == "a stranger's":
        card = PaymentMethodFactory(organization=OrganizationFactory())
    elif whose == "removed":
        market.card.removed_at = market.clock()
        market.card.save()
    else:
        market.card.expires_year, market.card.expires_month = 2026, 10
        market.card.save()
    with pytest.raises(PaymentMethodNeeded):
        place_order(actor=market.buyer, now=market.clock(), quote=quote, payment_method=card)

    assert not Order.objects.exists()
    assert not Payment.objects.exists()


def test_credit_that_is_kept_is_used_by_the_next_quote(market: Market) -> None:
    market.buy(market.starter, recurrency="YEARLY")
    market.clock.forward(days=10)
    kept = market.buy(market.growth, recurrency="MONTHLY")
    # 355 of 365 days: 19000 × 355 ÷ 365 = 18479; 13579 more than the new price of 4900.
    assert kept.total == 0
    assert dict(standing(market).booked)["BUYER_CREDIT"] == -13579
    market.site = SiteFactory(organization=market.agency)
    quote = market.quote(market.starter)

    assert [(line.kind, line.amount) for line in quote.lines.order_by("position")] == [
        ("PLAN", 1900),
        ("BALANCE", -1900),
    ]
    market.buy(market.starter)
    assert dict(standing(market).booked)["BUYER_CREDIT"] == -13579 + 1900

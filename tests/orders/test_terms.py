"""An order keeps the terms it was placed under, and nobody gets a plan by another's terms."""

import datetime as dt
from typing import Any

import pytest

from apps.accounts.models import Site
from apps.entitlements.models import Entitlement
from apps.ledger.models import Entry
from apps.orders.models import Order, QuoteLine
from apps.orders.saga import WITHDRAWABLE
from apps.orders.selectors import quote_for
from apps.orders.services import NotAllowed, NotForSale, place_order, withdraw_order
from apps.payments.models import PaymentMethod
from apps.payments.services import CardRefused, add_card
from apps.subscriptions.models import Period
from apps.webhooks.models import Ask
from tests.factories import UserFactory
from tests.fakes.market import Market
from tests.fakes.vendor_app import Reply

pytestmark = pytest.mark.django_db


def test_an_agency_cannot_place_the_test_quote_of_marketplace_staff(market: Market) -> None:
    agency, staff = market.buyer, UserFactory(staff=True)
    market.buyer = staff
    quote = market.quote(market.growth)

    with pytest.raises(NotAllowed):
        place_order(actor=agency, now=market.clock(), quote=quote, payment_method=market.card)

    assert quote_for(agency, quote.public_id) is None
    assert quote_for(staff, quote.public_id) == quote
    assert not Order.objects.exists()
    assert not Entitlement.objects.exists()


def test_marketplace_staff_without_the_permission_touch_no_agency(market: Market) -> None:
    staff = UserFactory(staff=True)
    order = market.place(market.starter)

    with pytest.raises(NotAllowed):
        withdraw_order(actor=staff, now=market.clock(), order=order)
    with pytest.raises(CardRefused):
        add_card(
            actor=staff,
            now=market.clock(),
            organization=market.agency,
            number="4242424242424242",
            expires_month=12,
            expires_year=2030,
        )

    order.refresh_from_db()
    assert order.withdrawn_at is None
    assert PaymentMethod.objects.get() == market.card
    assert quote_for(staff, order.quote.public_id) is None


def test_a_changed_program_acts_on_new_orders_only(market: Market) -> None:
    market.vendor_app.answer("/install", Reply(status=500))
    order = market.run(market.place(market.starter))
    assert order.status in WITHDRAWABLE
    program = market.program
    program.plan_asks, program.commission_rate, program.ask_timeout = "", "0.5000", 1
    program.save()

    market.settle(order)

    assert order.status == Order.Status.COMPLETED
    assert market.vendor_app.paths() == ["/install", "/install"]
    assert Entry.objects.get(account__kind="COMMISSION").amount == -380


def test_a_credit_takes_back_commission_at_the_rate_of_its_sale(market: Market) -> None:
    market.buy(market.starter)
    market.program.commission_rate = "0.5000"
    market.program.save()

    market.buy(market.growth)

    shares = Entry.objects.filter(account__kind="COMMISSION", transaction__kind="SALE")
    # 20 % of 19.00; then 50 % of 49.00, and the whole credit of 19.00 back at 20 %.
    assert list(shares.order_by("pk").values_list("amount", flat=True)) == [-380, -2450, 380]


def test_a_day_is_credited_once_however_far_the_time_zone_is_from_utc(market: Market) -> None:
    market.agency.time_zone = "Pacific/Honolulu"
    market.agency.save()
    market.site = Site.objects.select_related("organization").get(pk=market.site.pk)
    market.app.plans.filter(pk=market.free.pk).update(grade=9)
    market.app.plans.filter(pk=market.growth.pk).update(grade=10)
    market.free.refresh_from_db()
    market.growth.refresh_from_db()
    market.clock.now = dt.datetime(2026, 11, 20, 20, tzinfo=dt.UTC)
    market.buy(market.starter)
    # The last day of the period in Honolulu, when it is the day after in UTC.
    market.clock.now = dt.datetime(2026, 12, 20, 5, tzinfo=dt.UTC)

    market.buy(market.free)

    assert Period.objects.get().state == Period.State.CUT
    kinds = market.quote(market.growth).lines.values_list("kind", "amount")
    assert list(kinds.order_by("position")) == [
        (QuoteLine.Kind.PLAN, 4900),
        (QuoteLine.Kind.BALANCE, -63),
    ]


@pytest.mark.parametrize("installs_on", ["ORGANIZATION", "USER", "NONE"])
def test_an_app_for_other_holders_is_not_sold_to_a_site(market: Market, installs_on: Any) -> None:
    market.program.installs_on = installs_on
    market.program.save()

    with pytest.raises(NotForSale, match="single sites"):
        market.place(market.starter)

    assert not Order.objects.exists()


def test_a_hidden_plan_is_no_first_install_even_when_it_is_named(market: Market) -> None:
    market.app.plans.filter(pk=market.growth.pk).update(is_hidden=True)
    market.growth.refresh_from_db()

    with pytest.raises(NotForSale, match="upgrade only"):
        market.place(market.growth, named=True)

    market.buy(market.starter)
    with pytest.raises(NotForSale, match="no such plan"):
        market.place(market.growth)
    assert market.buy(market.growth, named=True).status == Order.Status.COMPLETED


def test_an_app_with_a_default_plan_is_installed_with_that_plan_alone(market: Market) -> None:
    market.app.plans.filter(pk=market.free.pk).update(is_default=True)

    for named in (False, True):
        with pytest.raises(NotForSale, match="default plan first"):
            market.place(market.starter, named=named)
    assert not Order.objects.exists()

    market.buy(market.free)
    assert market.buy(market.starter).total == 1900


def test_an_ask_is_closed_with_the_order_that_asked_it(market: Market) -> None:
    market.vendor_app.answer("/install", Reply(status=500))
    order = market.run(market.place(market.starter))
    withdraw_order(actor=market.buyer, now=market.clock(), order=order)
    market.settle(order)

    assert order.status == Order.Status.ABANDONED
    assert not Ask.objects.filter(settled_at__isnull=True).exists()
    assert Ask.objects.get(key=order.key("ask")).outcome == Ask.Outcome.UNKNOWN

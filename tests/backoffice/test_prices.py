"""Prices are rows of a history: set from a date on, never edited."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from apps.catalog.models import Plan, Price
from tests.backoffice.pages import buttons, errors, page, press
from tests.factories import PlanFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> Plan:
    return PlanFactory(monthly=4900, yearly=49000, sku__slug="growth")


def new_price(client: Client, plan: Plan, **data: Any) -> Any:
    asked = {"recurrency": "MONTHLY", "currency": "EUR", "amount": "59.00", "basis": "FLAT"}
    return press(client, plan, "new_price", **(asked | data))


def test_a_new_price_is_a_new_row_and_the_old_one_stays(
    staff_client: Client, plan: Plan, superuser: Any
) -> None:
    old = plan.sku.prices.get(recurrency="MONTHLY")
    assert new_price(staff_client, plan).status_code == 302
    new = plan.sku.prices.filter(recurrency="MONTHLY").latest("starts_at")
    assert (new.amount, new.currency, new.created_by) == (5900, "EUR", superuser)
    old.refresh_from_db()
    assert old.amount == 4900


def test_a_price_from_a_day_on_starts_at_its_midnight(staff_client: Client, plan: Plan) -> None:
    year = dt.datetime.now(dt.UTC).year + 5
    new_price(staff_client, plan, starts_on=f"{year}-01-01")
    new = plan.sku.prices.latest("starts_at")
    assert new.starts_at == dt.datetime(year, 1, 1, tzinfo=dt.UTC)
    content = staff_client.get(page(plan)).content.decode()
    assert content.count("Scheduled") == 1
    assert content.count("In force") == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"amount": ""}, "Enter a price, or withdraw it."),
        ({"amount": "-1"}, "This is no price. Write 49.00."),
        ({"amount": "1e3"}, "This is no price. Write 49.00."),
        ({"amount": "NaN"}, "This is no price. Write 49.00."),
        ({"amount": "1,234.00"}, "This is no price. Write 49.00."),
        ({"amount": "٤٩"}, "This is no price. Write 49.00."),
        ({"amount": "x", "currency": "JPY"}, "This is no price. Write 49."),
        ({"amount": "49,000"}, "EUR has 2 decimal places. Write 49.00."),
        ({"amount": "0"}, "A price of zero is no price."),
        ({"amount": "49.005"}, "EUR has 2 decimal places. Write 49.00."),
        ({"amount": "49.50", "currency": "JPY"}, "JPY has 0 decimal places. Write 49."),
        ({"currency": "XXQ"}, "not an ISO 4217 currency"),
        ({"currency": "XXX"}, "Nobody pays in XXX today."),
        ({"currency": "XAU"}, "Nobody pays in XAU today."),
        ({"currency": "DEM"}, "Nobody pays in DEM today."),
        ({"is_withdrawn": "on"}, "Either a new price or none"),
        ({"is_withdrawn": "on", "amount": "NaN"}, "Either a new price or none"),
        ({"starts_on": "2099-01-01"}, "A price starts at most 5 years ahead."),
        ({"starts_on": "2020-01-01"}, "A price starts now or later"),
        ({"basis": "PER_UNIT"}, "Name the unit"),
        ({"recurrency": "ONCE"}, "not one of the available choices"),
    ],
)
def test_what_is_no_price_is_refused_and_nothing_is_written(
    data: dict[str, str], said: str, staff_client: Client, plan: Plan
) -> None:
    assert said in errors(new_price(staff_client, plan, **data))
    assert plan.sku.prices.count() == 2


def test_a_currency_without_minor_units_takes_whole_amounts(
    staff_client: Client, plan: Plan
) -> None:
    new_price(staff_client, plan, currency="jpy", amount="5900")
    assert plan.sku.prices.get(currency="JPY").amount == 5900


@pytest.mark.parametrize(
    ("currency", "written", "amount"),
    [
        ("EUR", "49,00", 4900),
        ("EUR", "49", 4900),
        ("EUR", " 49.5 ", 4950),
        ("KWD", "49.000", 49000),
        ("XOF", "4900", 4900),
    ],
)
def test_a_price_is_read_as_people_write_it(
    currency: str, written: str, amount: int, staff_client: Client, plan: Plan
) -> None:
    assert new_price(staff_client, plan, currency=currency, amount=written).status_code == 302
    assert plan.sku.prices.latest("starts_at").amount == amount


def test_withdrawing_is_a_row_and_the_plan_says_that_it_is_not_offered(
    staff_client: Client, plan: Plan
) -> None:
    warning = "No price is in force: this plan is not offered"
    assert warning not in staff_client.get(page(plan)).content.decode()
    for recurrency in ("MONTHLY", "YEARLY"):
        new_price(staff_client, plan, recurrency=recurrency, amount="", is_withdrawn="on")
    assert plan.sku.prices.filter(amount__isnull=True).count() == 2
    assert warning in staff_client.get(page(plan)).content.decode()
    listed = staff_client.get(page(Plan, "changelist"), {"standing": "unpriced"})
    assert [row.pk for row in listed.context["cl"].result_list] == [plan.pk]
    assert "1 paid plan has no price" in staff_client.get(page(plan.app)).content.decode()


def test_a_free_plan_offers_no_price(staff_client: Client) -> None:
    free = PlanFactory(free=True)
    assert buttons(staff_client, free) == set()
    assert "has no price" in errors(new_price(staff_client, free))


def test_who_bought_before_is_counted_beside_the_price_they_keep(
    staff_client: Client, plan: Plan
) -> None:
    subscription = SubscriptionFactory(plan=plan)
    new_price(staff_client, plan)
    lines = staff_client.get(page(plan)).context["prices"]
    held = {line.price.pk: line.holders for line in lines}
    assert held[subscription.price_id] == 1
    assert sum(held.values()) == 1


def test_a_price_row_takes_no_edit_and_no_deletion(staff_client: Client, plan: Plan) -> None:
    price = plan.sku.prices.get(recurrency="MONTHLY")
    for name in ("change", "delete"):
        answer = staff_client.post(page(price, name), {"amount": "1", "post": "yes"})
        assert answer.status_code == 403
    assert staff_client.post(page(Price, "add"), {"amount": "1"}).status_code == 403
    price.refresh_from_db()
    assert price.amount == 4900
    assert Price.objects.count() == 2

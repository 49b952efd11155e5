"""An order's page tells one story, with the same sums everywhere."""

import datetime as dt
import html
import re

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.orders.models import Order
from tests.backoffice.pages import page
from tests.fakes.market import Market
from tests.fakes.vendor_app import Reply


def text_of(client: Client, order: Order, **query: str) -> str:
    """The words of the page's own part, in the order in which they are read."""
    content = client.get(page(order), query).content.decode()
    content = content.split('id="content-main"', 1)[1]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content)))


def test_an_upgrade_is_told_from_quote_to_events(
    staff_client: Client, history: list[Order]
) -> None:
    upgraded = history[2]
    text = text_of(staff_client, upgraded)
    chapters = [
        f"Quote {upgraded.quote} made",
        "Order placed",
        "€30.00 held on the card",
        "asked, answered yes",
        "€30.00 charged",
        "Plan active, ledger written",
        "Entitlement changed",
        "events written for",
    ]
    places = [text.index(chapter) for chapter in chapters]
    assert places == sorted(places)
    assert "Ledger balanced" in text
    assert "Total today €30.00" in text
    assert "Total €49.00 €49.00" in text
    assert "Charged €30.00" in text
    assert "Vendor's share €24.00" in text
    assert "Commission 20 % €6.00" in text
    assert "Debit minus credit €0.00" in text


def test_a_refusal_shows_the_apps_words_and_that_nothing_was_charged(
    staff_client: Client, history: list[Order], market: Market
) -> None:
    text = text_of(staff_client, history[1])
    assert f"{market.app.name} said: This account is linked elsewhere." in text
    assert "403 · Refused" in text
    assert "Nothing is held or charged any more" in text
    assert "Charged €0.00" in text


def test_a_later_order_names_what_was_tried_before(
    staff_client: Client, history: list[Order]
) -> None:
    refused, upgraded = history[1:]
    assert f"Tried before {refused.number} Refused" in text_of(staff_client, upgraded)


def test_times_are_in_the_organizations_zone_which_is_named_once(
    staff_client: Client, market: Market
) -> None:
    market.agency.time_zone = "Asia/Tokyo"
    market.agency.save()
    order = market.buy(market.growth)
    tokyo = order.placed_at + dt.timedelta(hours=9)
    text = text_of(staff_client, order)
    assert f"{tokyo:%H:%M:%S}" in text
    assert re.findall(r"times in (\S+)", text) == ["GMT+09:00"]


def test_a_token_in_an_ask_is_masked(staff_client: Client, history: list[Order]) -> None:
    content = staff_client.get(page(history[0])).content.decode()
    assert "authorization_code" in content
    assert "mkta_" not in content
    assert "mktr_" not in content


def test_words_of_an_app_are_text_and_nothing_else(staff_client: Client, market: Market) -> None:
    market.vendor_app.answer("/install", Reply(400, "<script>alert(1)</script>No."))
    order = market.settle(market.place(market.growth))
    content = staff_client.get(page(order)).content.decode()
    assert "<script>alert(1)" not in content
    assert "&lt;script&gt;alert(1)" in content


def test_every_try_is_there_with_its_answer(staff_client: Client, market: Market) -> None:
    market.vendor_app.answer("/install", Reply(503, "Busy."), Reply(500, "Broken."))
    order = market.settle(market.place(market.growth))
    text = text_of(staff_client, order)
    assert order.status == Order.Status.COMPLETED
    assert text.index("Request 1") < text.index("503") < text.index("Request 2")
    assert text.index("500") < text.index("Request 3") < text.index("200 · Yes")


def test_raw_view_shows_the_row(staff_client: Client, history: list[Order]) -> None:
    text = text_of(staff_client, history[2], view="raw")
    assert str(history[2].public_id) in text
    assert "What happened" not in text


def test_story_asks_as_often_for_many_rows_as_for_few(staff_client: Client, market: Market) -> None:
    quiet = market.buy(market.starter)
    market.vendor_app.answer("/change", *[Reply(503) for _ in range(4)])
    busy = market.settle(market.place(market.growth))
    counts = []
    for order in (quiet, busy, quiet):
        with CaptureQueriesContext(connection) as queries:
            staff_client.get(page(order))
        counts.append(len(queries))
    assert counts[1] <= counts[2] + 1

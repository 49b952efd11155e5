"""The app's no: its words reach the buyer as plain text, the money is free, nothing is left."""

import pytest

from apps.orders.models import Order
from apps.orders.services import place_order
from apps.subscriptions.models import InstallationToken
from apps.webhooks.models import Ask
from tests.fakes.market import Market
from tests.fakes.vendor_app import Reply
from tests.orders.standing import EVENTS_OF_INSTALL, Standing, ending, standing, story
from tests.orders.test_saga_paths import ON_STARTER

pytestmark = pytest.mark.django_db

REFUSED = Standing(
    bank=(("VOIDED", 1900, 0),),
    payments=(("VOIDED", 0, 0),),
    installations=("FAILED",),
)


def test_a_refused_install_leaves_nothing_but_the_apps_words(market: Market) -> None:
    market.vendor_app.answer("/install", Reply(400, "Your site has no calendar."))
    order = market.run(market.place(market.starter))

    assert ending(order) == ("REJECTED", "")
    assert order.refusal_text == "Your site has no calendar."
    assert story(order) == ["payment held", "app refused", "money released"]
    # It said no and so did not act: there is nothing to undo.
    assert market.vendor_app.paths() == ["/install"]
    assert standing(market) == REFUSED
    ask = Ask.objects.get()
    assert (ask.outcome, ask.answer_text) == ("REFUSED", "Your site has no calendar.")


def test_a_refused_change_leaves_the_old_plan_as_it_was(market: Market) -> None:
    market.buy(market.starter)
    market.vendor_app.answer("/change", Reply(422, "Growth needs a verified domain."))
    order = market.run(market.place(market.growth))

    assert ending(order) == ("REJECTED", "")
    after = standing(market)
    assert after.bank[1] == ("VOIDED", 3000, 0)
    assert after.payments[1] == ("VOIDED", 0, 0)
    for fact in ("installations", "plan", "periods", "entitled_to", "usable_tokens", "booked"):
        assert getattr(after, fact) == getattr(ON_STARTER, fact), fact
    assert after.events == EVENTS_OF_INSTALL


def test_a_refused_free_plan_has_no_money_to_release(market: Market) -> None:
    market.vendor_app.answer("/install", Reply(403, "No."))
    market.run(market.place(market.free))

    assert standing(market) == Standing(installations=("FAILED",))


def test_the_same_quote_may_be_tried_again_after_a_no(market: Market) -> None:
    market.vendor_app.answer("/install", Reply(400, "Not yet."))
    quote = market.quote(market.starter)
    placed = {"actor": market.buyer, "quote": quote, "payment_method": market.card}
    refused = market.run(place_order(now=market.clock(), **placed))
    again = market.run(place_order(now=market.clock(), **placed))

    assert (refused.status, again.status) == ("REJECTED", "COMPLETED")
    assert refused.pk != again.pk
    first, second = market.vendor_app.received
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    # The second order has an installation and tokens of its own; the first one's open nothing.
    codes = [each.body["auth"]["authorization_code"] for each in (first, second)]
    assert codes[0] != codes[1]
    assert standing(market).installations == ("FAILED", "ACTIVE")
    old, new = InstallationToken.objects.order_by("pk")
    assert (old.revoked_at, new.revoked_at) == (market.clock(), None)


@pytest.mark.parametrize("status", [401, 404, 499])
def test_any_4xx_is_a_no(market: Market, status: int) -> None:
    market.vendor_app.answer("/install", Reply(status, "No."))
    order = market.run(market.place(market.starter))

    assert ending(order) == ("REJECTED", "")
    assert standing(market) == REFUSED


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("x" * 501, "x" * 500),
        ("<!doctype html><title>502 Bad Gateway</title>", ""),
        # Control characters, marks that turn the line of reading, a lone surrogate: each would
        # break a page or a database, and JSON hides them behind escapes.
        ("a\x00b\x1b[31mc\u202ed\u2066", "ab[31mcd"),
        ('{"message": "a\\u0000b\\u202ec\\ud800d\\u001b"}', "abcd"),
    ],
)
def test_any_body_of_a_no_can_be_stored_and_shown(market: Market, body: str, read: str) -> None:
    market.vendor_app.answer("/install", Reply(400, body))
    order = market.run(market.place(market.starter))

    assert ending(order) == ("REJECTED", "")
    assert order.refusal_text == read
    assert Ask.objects.get().answer_text == read
    assert order.events.get(outcome="app refused").text == read


def test_bytes_that_are_no_text_are_still_a_no(market: Market) -> None:
    market.vendor_app.answer(
        "/install", Reply(400, raw=b"caf\xe9 \xff\xfe", headers={"x-odd": "caf\xe9"})
    )
    order = market.run(market.place(market.starter))

    assert order.status == Order.Status.REJECTED
    assert order.refusal_text == ""
    attempt = Ask.objects.get().attempts.get()
    assert attempt.answer_headers["x-odd"] == "caf\ufffd"

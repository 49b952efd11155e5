"""The page of an order in each of its states, and the part of it that polls."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from apps.core.clock import current_time
from apps.orders.models import Order
from apps.orders.services import park_order
from apps.webhooks.asks import send
from apps.webhooks.client import Answer
from apps.webhooks.models import Ask, Attempt
from tests.fakes.vendor_app import Reply, VendorApp
from tests.portal.conftest import World, text_of


def order_url(order: Order, page: str = "order") -> str:
    return reverse(f"portal:{page}", kwargs={"public_id": order.public_id})


def read(world: World, order: Order) -> str:
    return text_of(world.browser(world.owner).get(order_url(order)))


def test_an_order_that_nobody_takes_up_says_that_it_waits(
    world: World, at_noon: time_machine.Traveller
) -> None:
    world.subscribe()
    order = world.order(world.growth)
    assert "Upgrading App" in read(world, order) or "Upgrading Bookwell" in read(world, order)
    at_noon.shift(dt.timedelta(seconds=16))
    text = read(world, order)
    assert "The order waits for its turn" in text
    assert "Nothing is charged." in text
    assert "Cancel the order" in text


def test_a_finished_order_says_what_is_on_and_what_was_charged(world: World) -> None:
    world.subscribe()
    order = world.run(world.order(world.growth))
    text = read(world, order)
    assert "Growth is on for Harbor Dental €42.03 was charged to Visa ending 4242." in text
    assert "Growth from 20 Dec 2026: €49.00 a month." in text
    source = world.browser(world.owner).get(order_url(order)).content.decode()
    for target in (
        reverse("portal:site", kwargs={"site_name": "harbor"}),
        reverse("portal:site_app", kwargs={"site_name": "harbor", "app_uuid": world.app.uuid}),
        order_url(order, "receipt"),
    ):
        assert f'href="{target}"' in source
    assert "refresh" not in source
    assert "hx-get" not in source


def test_a_refusal_is_quoted_word_for_word_and_escaped(
    asked_world: World, vendor_app: VendorApp
) -> None:
    asked_world.subscribe()
    vendor_app.answer("/change", Reply(409, text="Ask <b>Mia</b> first, then try again."))
    order = asked_world.run(asked_world.order(asked_world.growth))
    response = asked_world.browser(asked_world.owner).get(order_url(order))
    text = text_of(response)
    assert (
        "Bookwell refused the upgrade Nothing was charged. Harbor Dental stays on Starter." in text
    )
    assert "“Ask <b>Mia</b> first, then try again.”" in text
    assert b"<b>Mia</b>" not in response.content
    assert "Hold released" in text
    assert "The quote is held until 12:30." in text
    assert f'href="{reverse("portal:quote", kwargs={"public_id": order.quote.public_id})}"' in (
        response.content.decode()
    )
    assert 'href="mailto:help@bookwell.example"' in response.content.decode()


def test_after_the_quote_has_ended_another_try_starts_with_a_new_one(
    asked_world: World, vendor_app: VendorApp, at_noon: time_machine.Traveller
) -> None:
    asked_world.subscribe()
    vendor_app.answer("/change", Reply(409, text="No."))
    order = asked_world.run(asked_world.order(asked_world.growth))
    at_noon.shift(dt.timedelta(minutes=31))
    text = read(asked_world, order)
    assert "Try again with a new quote" in text
    assert "costs the same" not in text


def test_no_answer_is_not_a_refusal_and_the_order_can_be_cancelled(
    asked_world: World, vendor_app: VendorApp
) -> None:
    asked_world.subscribe()
    vendor_app.answer("/change", Reply(500))
    order = asked_world.run(asked_world.order(asked_world.growth))
    text = read(asked_world, order)
    assert "Bookwell has not answered yet Nothing is charged." in text
    assert "€42.03 is held on Visa ending 4242." in text
    assert "An answer that is not a yes (500)" in text
    assert "12:02:00 Next time we ask" in text
    assert "If there is no answer by 14:00" in text
    assert "cannot be done twice" not in text
    browser = asked_world.browser(asked_world.owner)
    for _ in range(2):
        assert browser.post(order_url(order, "cancel"))["Location"] == order_url(order)
    # What it would have done without the cancelling is no longer announced.
    text = read(asked_world, order)
    assert "Cancelling the order" in text
    for announced in ("Next time we ask", "If there is no answer by", "stop asking"):
        assert announced not in text
    asked_world.run(order)
    assert "The order was cancelled Nothing was charged." in read(asked_world, order)


def test_only_an_app_that_proved_it_is_said_to_drop_repeats(
    asked_world: World, vendor_app: VendorApp
) -> None:
    asked_world.app.repeats_are_safe = True
    asked_world.app.save()
    asked_world.subscribe()
    vendor_app.answer("/change", Reply(500))
    order = asked_world.run(asked_world.order(asked_world.growth))
    assert "so it cannot be done twice" in read(asked_world, order)


def test_an_app_that_cannot_be_reached_has_done_nothing(asked_world: World, settings: Any) -> None:
    asked_world.subscribe()
    settings.OUTBOUND_ALLOWED_ORIGINS = []
    order = asked_world.run(asked_world.order(asked_world.growth))
    text = read(asked_world, order)
    assert "Bookwell cannot be reached now" in text
    assert "so it has not done anything" in text


def test_a_declined_payment_shows_the_banks_words(world: World) -> None:
    world.subscribe()
    order = world.run(world.order(world.growth, world.add_card("4000000000009995")))
    text = read(world, order)
    assert "The payment was declined Nothing was charged. Harbor Dental stays on Starter." in text
    assert "“The card has insufficient funds.”" in text


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ("confirm", "Growth is on for Harbor Dental"),
        ("refuse", "The payment was declined"),
    ],
)
def test_a_second_look_leads_to_the_bank_and_back(answer: str, title: str, world: World) -> None:
    world.subscribe()
    order = world.run(world.order(world.growth, world.add_card("4000002500003155")))
    browser = world.browser(world.owner)
    assert "Your bank wants a second look" in read(world, order)
    assert order.payment is not None
    bank = order.payment.action_url
    assert f'href="{bank}"' in browser.get(order_url(order)).content.decode()
    assert "Sandbox bank Confirm €42.03" in text_of(browser.get(bank))
    for who in (world.client, world.stranger, world.staff):
        assert world.browser(who).get(bank).status_code == 404
        assert world.browser(who).post(bank, {"answer": "confirm"}).status_code == 404
    assert browser.post(bank, {"answer": answer})["Location"] == order_url(order)
    world.run(order)
    assert title in read(world, order)
    # The bank has been answered: its page leads back.
    assert browser.get(bank)["Location"] == order_url(order)


def test_a_parked_order_says_that_a_person_looks_at_it(world: World) -> None:
    world.subscribe()
    order = world.order(world.growth)
    park_order(actor=world.staff, now=current_time(), order=order, reason="For staff only.")
    text = read(world, order)
    assert "A person is looking at this order" in text
    assert "For staff only." not in text


def test_a_charge_that_failed_names_the_payment_and_frees_the_money(
    asked_world: World, vendor_app: VendorApp
) -> None:
    asked_world.subscribe()
    card = asked_world.add_card("4000000000000119")
    order = asked_world.run(asked_world.order(asked_world.growth, card))
    text = read(asked_world, order)
    assert "The payment failed Nothing was charged. Harbor Dental stays on Starter." in text
    assert "Bookwell said yes" in text
    assert "The charge failed" in text


def test_a_poll_answers_with_the_clock_alone_until_a_step_changes(
    asked_world: World, vendor_app: VendorApp
) -> None:
    asked_world.subscribe()
    order = asked_world.order(asked_world.growth)
    browser = asked_world.browser(asked_world.owner)
    page = browser.get(order_url(order)).content.decode()
    poll = re.search(r'hx-get="([^"]+)" hx-trigger="every (\d)s"', page)
    assert poll is not None
    assert poll.group(2) == "1"
    unchanged = browser.get(poll.group(1)).content.decode()
    assert 'id="order-clock"' in unchanged
    assert "hx-swap-oob" not in unchanged
    vendor_app.answer("/change", Reply(422, text="Not now."))
    asked_world.run(order)
    changed = browser.get(poll.group(1)).content.decode()
    assert "<title>Bookwell refused the upgrade" in changed
    for part in ("head", "steps", "after", "side"):
        assert f'hx-swap-oob="innerHTML:#order-{part}"' in changed
    # The end: the heading takes the focus, and nothing polls any more.
    assert re.search(r"<h1[^>]* autofocus", changed)
    assert "hx-trigger" not in changed


def test_polling_slows_down_after_a_minute(world: World, at_noon: time_machine.Traveller) -> None:
    order = world.order(world.growth)
    at_noon.shift(dt.timedelta(seconds=61))
    page = world.browser(world.owner).get(order_url(order)).content.decode()
    assert 'hx-trigger="every 5s"' in page


def test_without_script_the_page_reloads_itself(world: World) -> None:
    order = world.order(world.growth)
    page = world.browser(world.owner).get(order_url(order)).content.decode()
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page


def test_the_clock_stands_outside_the_live_region(
    asked_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Screen readers hear steps change, and not every second of waiting."""
    asked_world.subscribe()
    order = asked_world.order(asked_world.growth)
    browser = asked_world.browser(asked_world.owner)
    seen = []

    def look_while_the_app_thinks(ask: Ask, attempt: Attempt) -> Answer:
        seen.append(browser.get(order_url(order)).content.decode())
        return send(ask, attempt)

    monkeypatch.setattr("apps.orders.steps.asking.send", look_while_the_app_thinks)
    asked_world.run(order)
    page = seen[0]
    region = page[page.index('id="order-steps"') : page.index('id="order-clock"')]
    assert 'aria-live="polite"' in region
    assert "<progress" not in region
    clock = page[page.index('id="order-clock"') :]
    assert '<span class="step-time" aria-hidden="true">0:00</span>' in clock
    assert "<progress" in clock


def test_an_order_without_a_charge_has_no_receipt(world: World) -> None:
    order = world.order(world.growth)
    browser = world.browser(world.owner)
    assert browser.get(order_url(order, "receipt")).status_code == 404


def test_an_install_names_what_was_not_added(asked_world: World, vendor_app: VendorApp) -> None:
    vendor_app.answer("/install", Reply(403, text="Sites of this plan only."))
    order = asked_world.run(asked_world.order(asked_world.growth))
    text = read(asked_world, order)
    assert "Bookwell refused the installation" in text
    assert "Bookwell was not added to Harbor Dental." in text

"""Confirm and pay: the sum and its reasons, the card, and the order that follows exactly once."""

import datetime as dt
import re

import pytest
import time_machine
from django.urls import reverse

from apps.ledger.models import Entry
from apps.orders.models import Order, Quote
from apps.payments.models import PaymentMethod, SandboxCharge
from tests.factories import OrganizationFactory, PaymentMethodFactory, PlanFactory, PriceFactory
from tests.portal.conftest import NOON, World, text_of


def quote_url(quote: Quote) -> str:
    return reverse("portal:quote", kwargs={"public_id": quote.public_id})


def test_every_line_can_be_redone_by_hand(world: World) -> None:
    world.subscribe()
    text = text_of(world.browser(world.owner).get(quote_url(world.quote(world.growth))))
    assert "Growth, one month 20 Nov – 19 Dec 2026 · 30 of 30 days × €49.00 €49.00" in text
    # 1900 × 11 ÷ 30 = 696.67: eleven days of November, today included.
    assert (
        "Credit for unused days of Starter 20–30 Nov 2026 · 11 of 30 days × €19.00, "
        "paid on 1 Nov 2026 −€6.97" in text
    )
    assert "Total today €42.03" in text
    assert "Confirm and pay €42.03" in text
    assert "Next renewal 20 Dec 2026, then each month" in text
    assert "€49.00 a month for as long as Harbor Dental stays on Growth." in text
    assert "Held for 30 minutes. Confirm before 12:30 (CET)" in text


def test_a_later_price_is_announced_beside_the_one_that_is_kept(world: World) -> None:
    starts = dt.datetime(2027, 1, 15, tzinfo=dt.UTC)
    PriceFactory(sku=world.growth.sku, amount=5900, starts_at=starts)
    text = text_of(world.browser(world.owner).get(quote_url(world.quote(world.growth))))
    assert "From 15 Jan 2027 new customers pay €59.00." in text


def test_one_sum_on_page_order_charge_ledger_and_receipt(world: World) -> None:
    world.subscribe()
    browser = world.browser(world.owner)
    quote = world.quote(world.growth)
    page = text_of(browser.get(quote_url(quote)))
    shown = re.search(r"Total today (€[\d.]+)", page)
    assert shown is not None
    order_url = browser.post(quote_url(quote), {"card": world.card.public_id})["Location"]
    order = world.run(Order.objects.get())
    assert order.status == Order.Status.COMPLETED
    done = text_of(browser.get(order_url))
    receipt = text_of(browser.get(order_url + "receipt/"))
    assert f"{shown.group(1)} was charged to Visa ending 4242." in done
    assert f"Total charged {shown.group(1)}" in receipt
    debit = sum(entry.amount for entry in Entry.objects.all() if entry.account.kind == "CASH")
    assert (order.total, SandboxCharge.objects.get().amount, debit) == (4203, 4203, 4203)


def test_placing_the_same_quote_twice_makes_one_order(world: World) -> None:
    browser = world.browser(world.owner)
    url = quote_url(world.quote(world.growth))
    first = browser.post(url, {"card": world.card.public_id})
    second = browser.post(url, {"card": world.card.public_id})
    order = Order.objects.get()
    expected = reverse("portal:order", kwargs={"public_id": order.public_id})
    assert (first["Location"], second["Location"]) == (expected, expected)
    # The page behind the form leads there too, once the quote is sold.
    assert browser.get(url)["Location"] == expected


def test_two_people_end_on_the_one_order_that_was_first(world: World) -> None:
    mine, theirs = world.quote(world.growth), world.quote(world.starter)
    first = world.browser(world.owner).post(quote_url(mine), {"card": world.card.public_id})
    second = world.browser(world.colleague).post(quote_url(theirs), {"card": world.card.public_id})
    assert Order.objects.count() == 1
    assert second["Location"] == first["Location"]


def test_who_came_second_is_told_that_the_order_they_see_is_not_theirs(world: World) -> None:
    world.subscribe()
    mine = world.quote(world.growth)
    theirs = world.quote(world.growth, recurrency="YEARLY")
    first, second = world.browser(world.owner), world.browser(world.colleague)
    won = first.post(quote_url(mine), {"card": world.card.public_id}, follow=True)
    lost = second.post(quote_url(theirs), {"card": world.card.public_id}, follow=True)
    order = Order.objects.get()
    assert (order.quote, lost.redirect_chain) == (mine, won.redirect_chain)
    said = (
        "Your order for Growth was not placed: another order for this app is already under way, "
        "and this page is about that one. Nothing was charged for yours."
    )
    assert said in text_of(lost)
    assert "was not placed" not in text_of(won)
    assert not SandboxCharge.objects.exists()


def test_an_expired_quote_charges_nothing_and_offers_a_new_one(
    world: World, at_noon: time_machine.Traveller
) -> None:
    browser = world.browser(world.owner)
    quote = world.quote(world.growth)
    at_noon.shift(dt.timedelta(minutes=30))
    for response in (
        browser.get(quote_url(quote)),
        browser.post(quote_url(quote), {"card": world.card.public_id}),
    ):
        assert response.status_code == 410
        assert "The quote ended on 20 Nov 2026, 12:30" in text_of(response)
        assert "Nothing was charged." in text_of(response)
    assert not Order.objects.exists()
    again = re.search(r'<form class="actions" method="post" action="([^"]+)"', page_of(response))
    assert again is not None
    data = dict(
        re.findall(r'type="hidden" name="(plan|recurrency)" value="([^"]*)"', page_of(response))
    )
    fresh_url = browser.post(again.group(1), data)["Location"]
    fresh = Quote.objects.latest("made_at")
    assert (fresh.plan, fresh_url) == (world.growth, quote_url(fresh))
    assert fresh.is_held(NOON + dt.timedelta(minutes=31))


def page_of(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined,no-any-return]


def test_a_quote_that_something_overtook_is_not_honoured(world: World) -> None:
    world.subscribe()
    overtaken = world.quote(world.growth)
    world.run(world.order(world.growth))
    response = world.browser(world.owner).post(quote_url(overtaken), {"card": world.card.public_id})
    assert response.status_code == 410
    assert "The quote no longer fits" in text_of(response)
    assert Order.objects.count() == 1


def test_a_card_is_added_on_the_way_and_comes_back_chosen(world: World) -> None:
    PaymentMethod.objects.all().delete()
    browser = world.browser(world.owner)
    quote = world.quote(world.growth)
    page = browser.get(quote_url(quote))
    assert "Northlight Studio has no card yet." in text_of(page)
    card_url = reverse("portal:new_card", kwargs={"public_id": quote.public_id})
    assert card_url in page_of(page)
    response = browser.post(
        card_url,
        {"number": "5555 5555 5555 4444", "expires_month": "3", "expires_year": "2030"},
    )
    assert response["Location"] == quote_url(quote)
    card = PaymentMethod.objects.get()
    assert (card.brand, card.last4, card.organization) == ("Mastercard", "4444", world.agency)
    assert f'value="{card.public_id}" checked' in page_of(browser.get(quote_url(quote)))


def test_a_card_that_is_refused_is_said_beside_its_field_and_keeps_what_was_typed(
    world: World,
) -> None:
    quote = world.quote(world.growth)
    card_url = reverse("portal:new_card", kwargs={"public_id": quote.public_id})
    response = world.browser(world.owner).post(
        card_url, {"number": "1234", "expires_month": "3", "expires_year": "2030"}
    )
    assert response.status_code == 422
    assert 'value="1234"' in page_of(response)
    assert 'aria-invalid="true"' in page_of(response)
    assert 'href="#id_number"' in page_of(response)
    assert PaymentMethod.objects.count() == 1


def card_page(quote: Quote) -> str:
    return reverse("portal:new_card", kwargs={"public_id": quote.public_id})


def test_a_new_card_begins_with_an_expiry_that_can_be(world: World) -> None:
    page = page_of(world.browser(world.owner).get(card_page(world.quote(world.growth))))
    assert re.findall(r'<option value="(\d+)" selected>', page) == ["11", "2027"]


@pytest.mark.parametrize("number", ["1234", "", "4" * 31])
def test_a_wrong_number_and_a_past_expiry_are_said_at_once(number: str, world: World) -> None:
    response = world.browser(world.owner).post(
        card_page(world.quote(world.growth)),
        {"number": number, "expires_month": "10", "expires_year": "2026"},
    )
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"number", "expires_year"}
    assert "This card has expired." in text_of(response)
    assert PaymentMethod.objects.get() == world.card


def test_an_expired_quote_takes_no_card(world: World, at_noon: time_machine.Traveller) -> None:
    browser = world.browser(world.owner)
    quote = world.quote(world.growth)
    at_noon.shift(dt.timedelta(minutes=30))
    data = {"number": "5555 5555 5555 4444", "expires_month": "3", "expires_year": "2030"}
    for response in (browser.get(card_page(quote)), browser.post(card_page(quote), data)):
        assert response.status_code == 410
        assert "The quote ended on 20 Nov 2026, 12:30" in text_of(response)
    assert PaymentMethod.objects.get() == world.card


def test_a_quote_that_is_sold_leads_from_its_card_page_to_its_order(world: World) -> None:
    order = world.order(world.growth)
    response = world.browser(world.owner).get(card_page(order.quote))
    assert response["Location"] == reverse("portal:order", kwargs={"public_id": order.public_id})


def test_without_a_card_nothing_is_ordered(world: World) -> None:
    response = world.browser(world.owner).post(quote_url(world.quote(world.growth)))
    assert response.status_code == 409
    assert "Choose a card, or add one." in text_of(response)
    assert not Order.objects.exists()


def test_another_organizations_card_is_no_card(world: World) -> None:
    foreign = PaymentMethodFactory(organization=OrganizationFactory())
    response = world.browser(world.owner).post(
        quote_url(world.quote(world.growth)), {"card": foreign.public_id}
    )
    assert response.status_code == 409
    assert not Order.objects.exists()


def test_a_free_plan_needs_no_card_and_says_so_by_its_button(world: World) -> None:
    free = PlanFactory(app=world.app, name="Free", free=True, grade=-1)
    browser = world.browser(world.owner)
    url = quote_url(world.quote(free))
    page = text_of(browser.get(url))
    assert "Complete order and begin installation" in page
    assert "Payment method" not in page
    assert browser.post(url).status_code == 302
    assert Order.objects.get().total == 0


@pytest.mark.parametrize("who", ["client", "stranger"])
def test_who_may_not_buy_places_nothing(who: str, world: World) -> None:
    browser = world.browser(getattr(world, who))
    response = browser.post(quote_url(world.quote(world.growth)), {"card": world.card.public_id})
    assert response.status_code in (403, 404)
    assert not Order.objects.exists()
    assert not SandboxCharge.objects.exists()


def test_staff_do_not_pay_with_an_agencys_quote(world: World) -> None:
    quote = world.quote(world.growth)
    response = world.browser(world.staff).post(quote_url(quote), {"card": world.card.public_id})
    assert response.status_code == 403
    assert not Order.objects.exists()

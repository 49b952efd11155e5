"""Choosing a plan: what is offered, what is not and why, and what a choice leads to."""

import re

import pytest
from django.http import HttpResponse
from django.urls import reverse

from apps.orders.models import Order, Quote
from tests.factories import AppFactory, PlanFactory
from tests.portal.conftest import World, text_of


def plans_url(world: World, query: str = "") -> str:
    arguments = {"site_name": world.site.site_name, "app_uuid": world.app.uuid}
    return reverse("portal:plans", kwargs=arguments) + query


def choices(response: HttpResponse) -> list[str]:
    """Return the plans that have a button."""
    return re.findall(
        r'<button[^>]* name="plan" value="([0-9a-f-]{36})">', response.content.decode()
    )


def test_the_active_plan_is_shown_and_cannot_be_chosen(world: World) -> None:
    world.subscribe()
    response = world.browser(world.owner).get(plans_url(world))
    text = text_of(response)
    assert "Starter Current plan" in text
    assert "Renews on 1 Dec 2026" in text
    assert choices(response) == [str(world.growth.uuid)]


def test_hidden_plans_are_only_under_learn_more(world: World) -> None:
    browser = world.browser(world.owner)
    assert "Partner" not in text_of(browser.get(plans_url(world)))
    arguments = {"site_name": world.site.site_name, "app_uuid": world.app.uuid}
    page = text_of(browser.get(reverse("portal:site_app", kwargs=arguments)))
    table, _, learn_more = page.partition("Learn more")
    assert "Partner" not in table
    assert "Partner Offered by the app only" in learn_more


@pytest.mark.parametrize("parameter", ["plan", "planId", "plansList"])
def test_a_hidden_plan_is_offered_when_it_is_named(parameter: str, world: World) -> None:
    world.subscribe()
    response = world.browser(world.owner).get(plans_url(world, f"?{parameter}={world.hidden.uuid}"))
    assert choices(response) == [str(world.hidden.uuid)]
    assert "Offered by the app" in text_of(response)


def test_several_named_plans_are_offered_together(world: World) -> None:
    world.subscribe()
    named = f"?plansList={world.growth.uuid},{world.hidden.uuid}"
    response = world.browser(world.owner).get(plans_url(world, named))
    assert choices(response) == [str(world.growth.uuid), str(world.hidden.uuid)]


def test_a_named_plan_that_cannot_be_chosen_gets_a_page_that_says_why(world: World) -> None:
    free = PlanFactory(app=world.app, name="Free", free=True, grade=-1)
    foreign = PlanFactory(name="Somebody else's", monthly=100)
    unpriced = PlanFactory(app=world.app, name="Later")
    world.subscribe()
    browser = world.browser(world.owner)
    for plan, words in (
        (free, "Free cannot be chosen. This plan is not above the one that is on."),
        (world.starter, "Starter cannot be chosen. This plan is already on for the site."),
        (unpriced, "Later cannot be chosen. This plan is not sold in your organization's"),
        (foreign, "cannot be chosen. This plan belongs to another app."),
    ):
        response = browser.get(plans_url(world, f"?plan={plan.uuid}"))
        text = text_of(response)
        assert "This plan cannot be chosen" in text
        assert words in text
        assert "Harbor Dental stays on Starter. Nothing was changed or charged." in text
        assert choices(response) == []
    assert "Somebody else's" not in text
    unknown = text_of(browser.get(plans_url(world, "?plan=<script>alert(1)</script>")))
    assert "There is no such plan." in unknown


def test_what_a_link_names_is_escaped(world: World) -> None:
    response = world.browser(world.owner).get(plans_url(world, "?plan=<script>alert(1)</script>"))
    assert b"<script>alert" not in response.content


def test_prices_are_shown_by_the_month_or_by_the_year(world: World) -> None:
    browser = world.browser(world.owner)
    monthly = text_of(browser.get(plans_url(world)))
    assert "€19.00 a month" in monthly
    assert "€49.00 a month" in monthly
    yearly = text_of(browser.get(plans_url(world, "?recurrency=YEARLY")))
    assert "€490.00 a year" in yearly
    assert "€49.00 a month" not in yearly


def test_plan_texts_are_in_the_language_of_the_reader_with_a_fallback(world: World) -> None:
    world.owner.language = "de"
    world.owner.save()
    response = world.browser(world.owner).get(plans_url(world))
    text = text_of(response)
    assert "Wachstum" in text
    assert "Starter" in text
    # A screen reader is told that the fallback is English.
    assert 'lang="en"' in response.content.decode()


def test_a_choice_makes_a_quote_and_no_order(world: World) -> None:
    response = world.browser(world.owner).post(
        plans_url(world), {"plan": world.growth.uuid, "recurrency": "YEARLY"}
    )
    quote = Quote.objects.get()
    assert response["Location"] == reverse("portal:quote", kwargs={"public_id": quote.public_id})
    assert (quote.plan, quote.total, quote.mode) == (world.growth, 49000, "LIVE")
    assert not Order.objects.exists()


def test_a_hidden_plan_cannot_be_chosen_unless_the_page_named_it(world: World) -> None:
    world.subscribe()
    browser = world.browser(world.owner)
    refused = browser.post(plans_url(world), {"plan": world.hidden.uuid}, follow=True)
    assert "This plan cannot be chosen" in text_of(refused)
    assert not Quote.objects.exists()
    browser.post(plans_url(world, f"?plan={world.hidden.uuid}"), {"plan": world.hidden.uuid})
    assert Quote.objects.get().plan == world.hidden


@pytest.mark.parametrize("wanted", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_choice_of_nothing_is_not_found(wanted: str, world: World) -> None:
    response = world.browser(world.owner).post(plans_url(world), {"plan": wanted})
    assert response.status_code == 404


def test_the_highest_plan_has_nothing_above_it(world: World) -> None:
    world.subscribe(plan=world.growth)
    text = text_of(world.browser(world.owner).get(plans_url(world)))
    assert "Growth is the highest plan on sale" in text


def test_an_app_with_a_default_plan_is_installed_on_confirmation(world: World) -> None:
    default = PlanFactory(app=world.app, name="Basic", default=True, grade=-1)
    browser = world.browser(world.owner)
    page = browser.get(plans_url(world))
    assert "Complete order and begin installation" in text_of(page)
    assert choices(page) == []
    assert not Quote.objects.exists()
    install = reverse("portal:install", kwargs={"site_name": "harbor", "app_uuid": world.app.uuid})
    response = browser.post(install)
    order = Order.objects.get()
    assert response["Location"] == reverse("portal:order", kwargs={"public_id": order.public_id})
    assert (order.quote.plan, order.total, order.kind) == (default, 0, "INSTALL")
    # Pressed again: the page leads to the same order.
    again = browser.post(install, follow=True)
    assert again.redirect_chain[-1][0] == response["Location"]
    assert Order.objects.count() == 1


def test_with_an_order_under_way_the_page_leads_there(world: World) -> None:
    world.subscribe()
    order = world.order(world.growth)
    response = world.browser(world.owner).get(plans_url(world))
    assert response["Location"] == reverse("portal:order", kwargs={"public_id": order.public_id})


def test_staff_make_test_installs_that_are_marked_everywhere(world: World) -> None:
    browser = world.browser(world.staff)
    browser.post(plans_url(world), {"plan": world.growth.uuid})
    quote = Quote.objects.get()
    assert (quote.mode, quote.total) == ("TEST", 0)
    quote_url = reverse("portal:quote", kwargs={"public_id": quote.public_id})
    assert "Test install" in text_of(browser.get(quote_url))
    order_url = browser.post(quote_url)["Location"]
    world.run(Order.objects.get())
    pages = {
        order_url: (world.staff, world.owner),
        reverse("portal:orders"): (world.staff, world.owner),
        reverse("portal:site", kwargs={"site_name": "harbor"}): (
            world.staff,
            world.owner,
            world.client,
        ),
        plans_url(world).removesuffix("plans/"): (world.staff, world.owner, world.client),
    }
    for url, readers in pages.items():
        for reader in readers:
            assert "Test install" in text_of(world.browser(reader).get(url)), (url, reader)
    owners_view = text_of(world.browser(world.owner).get(plans_url(world).removesuffix("plans/")))
    assert "Never billed" in owners_view
    assert "Upgrade plan" not in owners_view


def test_a_draft_is_not_found_by_agencies(world: World) -> None:
    draft = AppFactory(draft=True, program=world.app.program)
    url = reverse("portal:plans", kwargs={"site_name": "harbor", "app_uuid": draft.uuid})
    assert world.browser(world.owner).get(url).status_code == 404
    assert world.browser(world.staff).get(url).status_code == 200

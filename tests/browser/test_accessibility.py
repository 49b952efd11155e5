"""Every page on the narrowest window, and what a keyboard or a screen reader meets on the way."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.market import Market
from tests.browser.steps import confirm_button, go_to_quote, heading
from tests.browser.watching import faults_of
from tests.demo.conftest import DemoApp
from tests.factories import PlanFactory, SubscriptionFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NARROW = {"width": 320, "height": 568}
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitän"


def test_no_page_scrolls_sideways_at_320_pixels(
    open_page: OpenPage, market: Market, demo_app: DemoApp
) -> None:
    market.add_card()
    market.app.profiles.filter(language="en").update(name=LONG_WORD)
    demo_app.control(
        do="refuse", status=403, text=f"{LONG_WORD * 3} is https://{LONG_WORD}.example"
    )
    page = open_page(market.mia, viewport=NARROW)
    faults = {}

    def look(name: str) -> None:
        if found := faults_of(page):
            faults[name] = found

    for path in (
        "/apps/",
        f"/apps/{market.app.uuid}/",
        "/sites/",
        f"/sites/{market.site.site_name}/",
        market.app_path(),
        market.plans_path(),
        f"{market.plans_path()}?plan={market.care.uuid}",
        "/orders/",
        "/preferences/",
        "/accounts/password/change/",
        "/nothing/",
    ):
        page.goto(path)
        look(path)
    go_to_quote(page, market)
    look("quote")
    quote = page.url
    page.goto(f"{quote}card/")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look("card")
    page.goto(quote)
    page.get_by_role("button", name="Confirm and pay").last.click()
    heading(page, f"{LONG_WORD} refused the installation")
    look("refused")
    page.goto(quote)
    page.get_by_role("button", name="Confirm and pay").last.click()
    heading(page, "Growth is on for Harbor Dental")
    look("done")
    page.get_by_role("link", name="See the receipt").click()
    heading(page, "Receipt")
    look("receipt")
    page.goto("/orders/")
    look("orders")
    page.goto(f"/sites/{market.site.site_name}/")
    look("manage apps")
    page.goto(market.plans_path())
    look("no higher plan")
    assert not faults, "\n".join(f"{name}: {found}" for name, found in faults.items())


def test_a_clients_pages_do_not_scroll_sideways_at_320_pixels(
    open_page: OpenPage, market: Market
) -> None:
    SubscriptionFactory(plan=market.growth, site=market.site)
    page = open_page(market.make_client(), viewport=NARROW)
    faults = {}
    for path in (
        "/sites/",
        f"/sites/{market.site.site_name}/",
        market.app_path(),
        market.plans_path(),
    ):
        page.goto(path)
        faults[path] = faults_of(page)
    assert not any(faults.values()), faults


def test_pages_before_signing_in_do_not_scroll_sideways_at_320_pixels(open_page: OpenPage) -> None:
    page = open_page(viewport=NARROW)
    for path in ("/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/"):
        page.goto(path)
        assert faults_of(page) == [], path


def test_targets_on_a_phone_are_large_enough(open_page: OpenPage, market: Market) -> None:
    market.add_card()
    PlanFactory(app=market.app, name="Scale", monthly=9900)
    page = open_page(market.mia, viewport={"width": 390, "height": 844}, has_touch=True)
    go_to_quote(page, market)
    quote = page.url
    for path in (market.app_path(), market.plans_path(), quote, f"{quote}card/", "/sites/"):
        page.goto(path)
        small = page.evaluate("""() =>
          [...document.querySelectorAll("main .button, header summary, main input, main select")]
            .filter((element) => element.type !== "hidden")
            .map((element) => element.closest("label") || element)
            .filter((element) => element.checkVisibility())
            .map((element) => [element.textContent.trim(), element.getBoundingClientRect().height])
            .filter(([, height]) => height < 44)
        """)
        assert small == [], path


def test_what_changes_by_itself_is_announced_and_the_clock_is_not(
    open_page: OpenPage, market: Market, demo_app: DemoApp
) -> None:
    market.add_card()
    demo_app.control(do="slow", seconds=2.5)
    page = open_page(market.mia)
    go_to_quote(page, market)
    confirm_button(page).click()

    heading(page, "Adding Bookwell to Harbor Dental")
    steps = page.get_by_role("region", name="Steps of the order")
    expect(steps).to_have_attribute("aria-live", "polite")
    bar = page.get_by_role("progressbar", name="Time that Bookwell has to answer")
    expect(bar).to_be_visible()
    assert steps.get_by_role("progressbar").count() == 0
    expect(page.locator("[aria-current=step]")).to_contain_text("Asking Bookwell")
    assert faults_of(page) == []
    # A poll that finds no new step leaves the announced region alone.
    steps.evaluate("(region) => { region.firstElementChild.dataset.kept = 'yes'; }")
    expect(bar).to_have_attribute("value", "1")
    assert steps.locator("[data-kept=yes]").count() == 1

    heading(page, "Growth is on for Harbor Dental")
    assert steps.locator("[data-kept=yes]").count() == 0
    expect(page).to_have_title("Growth is on for Harbor Dental · Marketplace")


def test_the_look_follows_the_device_until_the_reader_chooses(
    open_page: OpenPage, market: Market
) -> None:
    page = open_page(market.mia, color_scheme="dark")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    page.goto("/preferences/")
    assert page.evaluate(background) == "rgb(14, 17, 21)"

    page.get_by_label("Look").select_option(label="Light")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status")).to_contain_text("Saved.")
    assert page.evaluate(background) == "rgb(246, 247, 249)"
    assert faults_of(page) == []

"""How people really use a page: twice, backwards, in two tabs, by keyboard, without script."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.orders.models import Order
from apps.payments.models import SandboxCharge
from tests.browser.conftest import OpenPage, Worker
from tests.browser.market import Market
from tests.browser.steps import confirm_button, go_to_quote, heading
from tests.browser.watching import faults_of
from tests.factories.accounts import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DONE = "Growth is on for Harbor Dental"


def bought_once() -> bool:
    """Whether there is one order, charged once."""
    charges = SandboxCharge.objects.values_list("amount", "state")
    return Order.objects.count() == 1 and list(charges) == [(4900, SandboxCharge.State.CAPTURED)]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_double_click_on_confirm_places_one_order(
    open_page: OpenPage, market: Market, script: bool
) -> None:
    market.add_card()
    page = open_page(market.mia, java_script_enabled=script)
    go_to_quote(page, market)

    confirm_button(page).dblclick(no_wait_after=True)

    heading(page, DONE)
    assert bought_once()


def test_confirm_is_busy_after_the_first_press_and_drops_the_second(
    open_page: OpenPage, market: Market
) -> None:
    market.add_card()
    page = open_page(market.mia)
    go_to_quote(page, market)
    # Listens after the page's own script, and keeps the page from leaving.
    page.evaluate("""() => {
      window.presses = [];
      window.addEventListener("submit", (event) => {
        window.presses.push(event.defaultPrevented ? "dropped" : "sent");
        event.preventDefault();
      });
    }""")
    width = confirm_button(page).bounding_box()["width"]

    confirm_button(page).dblclick()

    busy = page.get_by_role("button", name="Confirming…")
    expect(busy).to_have_attribute("aria-busy", "true")
    assert page.evaluate("window.presses") == ["sent", "dropped"]
    assert busy.bounding_box()["width"] == width


def test_the_back_button_leads_to_the_order_and_not_to_a_second_one(
    open_page: OpenPage, market: Market
) -> None:
    market.add_card()
    page = open_page(market.mia)
    go_to_quote(page, market)
    confirm_button(page).click()
    heading(page, DONE)

    page.go_back()
    if page.url.find("/quotes/") > 0:  # the browser kept the page, with its button
        confirm_button(page).click()

    heading(page, DONE)
    assert bought_once()


def test_a_form_that_is_sent_again_from_another_tab_leads_to_the_same_order(
    open_page: OpenPage, market: Market
) -> None:
    market.add_card()
    first = open_page(market.mia)
    go_to_quote(first, market)
    second = first.context.new_page()
    second.goto(first.url)
    confirm_button(first).click()
    heading(first, DONE)

    confirm_button(second).click()

    heading(second, DONE)
    assert second.url == first.url
    assert bought_once()


def test_a_purchase_works_without_script(
    open_page: OpenPage, market: Market, worker: Worker
) -> None:
    market.add_card()
    page = open_page(java_script_enabled=False)
    page.goto(market.app_path())
    page.get_by_label("Email").fill(market.mia.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Add Bookwell").click()
    page.get_by_text("Yearly").click()
    page.get_by_role("button", name=re.compile("Show")).click()
    expect(page.get_by_text("€490.00")).to_be_visible()
    page.get_by_text("Monthly").click()
    page.get_by_role("button", name=re.compile("Show")).click()
    expect(page.get_by_text("€49.00")).to_be_visible()
    page.get_by_role("button", name="Choose Growth").click()
    with worker.paused():
        confirm_button(page).click()
        heading(page, "Adding Bookwell to Harbor Dental")

    # The page asks for itself again every five seconds.
    heading(page, DONE)
    assert page.locator("noscript meta[http-equiv=refresh]").count() == 0
    assert bought_once()


def test_a_purchase_works_with_the_keyboard_alone(open_page: OpenPage, market: Market) -> None:
    market.add_card("5555555555554444")
    market.add_card()
    page = open_page(market.mia)
    page.goto(market.app_path())

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    press(page, "Add Bookwell")
    heading(page, "Choose a plan for Harbor Dental")
    tab_to(page, "Monthly")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("€490.00")).to_be_visible()
    expect(page.get_by_role("radio", name="Yearly")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("€49.00")).to_be_visible()
    press(page, "Choose Growth")
    heading(page, "Confirm and pay")
    tab_to(page, "Visa ending 4242")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Mastercard ending 4444")).to_be_checked()
    press(page, "Confirm and pay €49.00")

    heading(page, DONE)
    assert faults_of(page) == []
    assert Order.objects.get().payment_method.last4 == "4444"


_FOCUSED = """() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const labels = [...(element.labels || [])].map((label) => label.textContent).join(" ");
  const framed = element.closest("label") && getComputedStyle(element.closest("label"));
  const visible = (style) => style && style.outlineStyle !== "none" && style.outlineWidth !== "0px";
  const name = `${labels} ${element.textContent} ${element.ariaLabel || ""}`;
  return {
    name: name.replace(/\\s+/g, " ").trim(),
    tag: element.tagName,
    isVisible: visible(style) || visible(framed) || style.boxShadow !== "none",
  };
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control with this name has the focus, which must show at every stop."""
    stops = []
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        assert focused["tag"] == "BODY" or focused["isVisible"], f"no focus ring: {focused}"
        stops.append(focused["name"][:40])
        if name in focused["name"]:
            return
    raise AssertionError(f"{name} is not reached by Tab: {stops}")


def press(page: Page, name: str) -> None:
    """Go to a control by keyboard and press Enter."""
    tab_to(page, name)
    page.keyboard.press("Enter")

"""What people do on the pages, in their own words. Used by many tests."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.market import Market


def heading(page: Page, text: str | re.Pattern[str]) -> None:
    """Wait for the page whose first heading is ``text``."""
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def go_to_quote(page: Page, market: Market, plan: str = "Growth") -> None:
    """Choose a plan for the market's site and come to its quote."""
    page.goto(market.plans_path())
    page.get_by_role("button", name=f"Choose {plan}").click()
    heading(page, "Confirm and pay")


def confirm_button(page: Page) -> Locator:
    """The button that buys, as a desktop shows it."""
    return page.get_by_role("button", name=re.compile("^Confirm and pay"))


def buy(page: Page, market: Market, plan: str = "Growth") -> None:
    """Choose a plan and confirm it; the order's page is next."""
    go_to_quote(page, market, plan)
    confirm_button(page).click()
    page.wait_for_url("**/orders/*/")


def step(page: Page, title: str) -> Locator:
    """A step of the order's progress."""
    return page.get_by_role("listitem").filter(has=page.get_by_text(title, exact=True))


def fact(page: Page, name: str) -> Locator:
    """What the order's side panel says under ``name``."""
    row = page.locator(".facts > div").filter(has=page.get_by_text(name, exact=True))
    return row.locator("dd")

"""An agency buys, from signing in to the receipt."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from apps.core.clock import current_time, local_date
from apps.entitlements.models import Entitlement
from apps.ledger import checking
from apps.ledger.models import Entry
from apps.orders.models import Order, Quote
from apps.payments.models import SandboxCharge
from apps.subscriptions.models import Subscription
from tests.browser.conftest import OpenPage
from tests.browser.market import Market
from tests.browser.steps import confirm_button, fact, go_to_quote, heading
from tests.browser.watching import faults_of
from tests.demo.conftest import DemoApp
from tests.factories import PlanFactory, SubscriptionFactory
from tests.factories.accounts import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def amount_in(text: str) -> int:
    """The only or last amount of a text, in cents."""
    sign, euros, cents = re.findall(r"(\N{MINUS SIGN}?)€([\d,]+)\.(\d\d)", text)[-1]
    amount = int(euros.replace(",", "")) * 100 + int(cents)
    return -amount if sign else amount


def subscribe(market: Market) -> Subscription:
    """Put the site on Starter, paid five days ago."""
    today = local_date(current_time(), market.agency.time_zone)
    return SubscriptionFactory(
        plan=market.starter, site=market.site, started_on=today - dt.timedelta(days=5)
    )


def test_an_agency_signs_in_installs_an_app_on_a_yearly_plan_and_finds_its_receipt(
    open_page: OpenPage, market: Market, demo_app: DemoApp
) -> None:
    market.add_card()
    page = open_page()

    page.goto("/sites/")
    heading(page, "Sign in")
    assert faults_of(page) == []
    page.get_by_label("Email").fill(market.mia.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    heading(page, "Sites")
    assert faults_of(page) == []
    page.get_by_role("link", name="Harbor Dental").click()
    heading(page, "Manage apps")
    expect(page.get_by_text("No apps on this site yet")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Add an app").first.click()
    heading(page, "Apps")
    page.get_by_role("link", name="Bookwell").click()
    heading(page, "Bookwell")
    page.get_by_label("Site", exact=True).select_option(label="Harbor Dental")
    page.get_by_role("button", name="Go on with this site").click()
    page.wait_for_url(f"**{market.app_path()}")
    assert faults_of(page) == []
    page.get_by_role("link", name="Add Bookwell").click()

    heading(page, "Choose a plan for Harbor Dental")
    expect(page.get_by_text("€49.00")).to_be_visible()
    expect(page.get_by_text("Network Care")).to_have_count(0)
    page.get_by_text("Yearly").click()
    expect(page.get_by_text("€490.00")).to_be_visible()
    assert faults_of(page) == []
    page.get_by_role("button", name="Choose Growth").click()

    heading(page, "Confirm and pay")
    expect(page.get_by_text("Bookwell is asked first.")).to_be_visible()
    expect(page.get_by_text("Held for 30 minutes.")).to_be_visible()
    assert faults_of(page) == []
    expect(confirm_button(page)).to_have_text("Confirm and pay €490.00")
    confirm_button(page).click()

    heading(page, "Growth is on for Harbor Dental")
    expect(page.get_by_text("€490.00 was charged to Visa ending 4242.")).to_be_visible()
    expect(page).to_have_title("Growth is on for Harbor Dental · Marketplace")
    assert faults_of(page) == []
    page.get_by_role("link", name="See the receipt").click()

    heading(page, "Receipt")
    expect(page.locator(".line-total")).to_contain_text("€490.00")
    assert faults_of(page) == []
    page.get_by_role("banner").get_by_role("link", name="Orders").click()
    heading(page, "Orders")
    row = page.get_by_role("row").filter(has_text="Bookwell")
    expect(row).to_contain_text("Done")
    expect(row).to_contain_text("€490.00")
    assert faults_of(page) == []

    order = Order.objects.get()
    assert (order.status, order.total, order.currency) == (Order.Status.COMPLETED, 49000, "EUR")
    charge = SandboxCharge.objects.get()
    assert (charge.state, charge.amount) == (SandboxCharge.State.CAPTURED, 49000)
    entitlement = Entitlement.objects.get(site=market.site)
    assert (entitlement.sku, entitlement.ended_at) == (market.growth.sku, None)
    assert sum(Entry.objects.filter(amount__gt=0).values_list("amount", flat=True)) == 49000
    assert list(checking.findings()) == []
    asked = demo_app.state()["requests"][0]
    assert (asked["kind"], asked["subject"]) == ("install", market.site.site_name)


def test_an_upgrade_credits_the_unused_days_and_says_the_same_sum_everywhere(
    open_page: OpenPage, market: Market
) -> None:
    subscribe(market)
    market.add_card()
    page = open_page(market.mia)

    page.goto(market.plans_path())
    current = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Starter"))
    expect(current).to_contain_text("Current plan")
    expect(current).to_contain_text("Renews on")
    expect(current.get_by_role("button")).to_have_count(0)
    page.get_by_role("button", name="Choose Growth").click()

    heading(page, "Confirm and pay")
    lines = page.get_by_role("region", name="Charged today").get_by_role("listitem")
    plan, credit, total = (amount_in(lines.nth(number).inner_text()) for number in range(3))
    assert (plan, plan + credit) == (4900, total)
    assert -1900 < credit < 0
    expect(page.get_by_role("region", name="Next renewal")).to_contain_text("€49.00")
    assert amount_in(confirm_button(page).inner_text()) == total
    confirm_button(page).click()

    heading(page, "Growth is on for Harbor Dental")
    assert amount_in(fact(page, "Order total").inner_text()) == total
    assert amount_in(fact(page, "Charged").inner_text()) == total
    page.get_by_role("link", name="See the receipt").click()
    heading(page, "Receipt")
    assert amount_in(page.locator(".line-total").inner_text()) == total
    assert Order.objects.get().total == total
    assert SandboxCharge.objects.get().amount == total
    page.goto(f"/sites/{market.site.site_name}/")
    expect(page.locator(".installed")).to_contain_text("€49.00 a month")


def test_a_card_is_added_on_the_way_and_a_mistyped_one_is_explained(
    open_page: OpenPage, market: Market
) -> None:
    page = open_page(market.mia)
    go_to_quote(page, market)
    expect(page.get_by_text("Northlight Studio has no card yet.")).to_be_visible()
    page.get_by_role("link", name="Add a card").first.click()

    heading(page, "Add a card")
    assert faults_of(page) == []
    page.get_by_label("Card number").fill("4111 1111 1111 1112")
    page.get_by_label("Expires, month").select_option("12")
    page.get_by_label("Expires, year").select_option(index=3)
    page.get_by_role("button", name="Save and go back to the quote").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Card number")).to_have_value("4111 1111 1111 1112")
    expect(page.get_by_label("Card number")).to_have_accessible_description(re.compile("test card"))
    assert faults_of(page) == []
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_role("button", name="Save and go back to the quote").click()

    heading(page, "Confirm and pay")
    expect(page.get_by_role("radio", name="Visa ending 4242")).to_be_checked()
    confirm_button(page).click()
    heading(page, "Growth is on for Harbor Dental")
    assert Quote.objects.count() == 1


def test_an_app_with_a_default_plan_is_installed_without_choosing_one(
    open_page: OpenPage, market: Market
) -> None:
    PlanFactory(app=market.app, name="Free", default=True, grade=9)
    page = open_page(market.mia)
    page.goto(market.app_path())
    page.get_by_role("link", name="Add Bookwell").click()

    heading(page, "Add Bookwell to Harbor Dental")
    expect(page.get_by_text("No card is needed.")).to_be_visible()
    assert faults_of(page) == []
    page.get_by_role("button", name="Complete order and begin installation").click()

    heading(page, "Free is on for Harbor Dental")
    expect(page.get_by_text("Nothing was charged.")).to_be_visible()
    expect(page.get_by_role("link", name="See the receipt")).to_have_count(0)
    assert faults_of(page) == []
    assert Subscription.objects.get().plan.sku_id == Order.objects.get().quote.plan.sku_id
    assert not SandboxCharge.objects.exists()


def test_a_hidden_plan_is_sold_only_where_the_app_names_it(
    open_page: OpenPage, market: Market
) -> None:
    subscribe(market)
    market.add_card()
    page = open_page(market.mia)

    page.goto(market.plans_path())
    heading(page, "Choose a plan for Harbor Dental")
    expect(page.get_by_text("Network Care")).to_have_count(0)
    page.goto(f"{market.plans_path()}?plan={market.care.uuid}")
    expect(page.get_by_text("Offered by the app")).to_be_visible()
    assert faults_of(page) == []
    page.get_by_role("button", name="Choose Network Care").click()
    confirm_button(page).click()

    heading(page, "Network Care is on for Harbor Dental")


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ("starter", "Starter cannot be chosen."),
        ("00000000-0000-4000-8000-000000000000", "A plan that the link names cannot be chosen."),
    ],
)
def test_a_link_to_a_plan_that_cannot_be_chosen_leads_to_a_page_that_says_why(
    open_page: OpenPage, market: Market, named: str, reason: str
) -> None:
    subscribe(market)
    uuid = market.starter.uuid if named == "starter" else named
    page = open_page(market.mia)

    page.goto(f"{market.plans_path()}?plan={uuid}")

    heading(page, "This plan cannot be chosen")
    expect(page.get_by_text(reason)).to_be_visible()
    expect(page.get_by_role("button", name="Choose")).to_have_count(0)
    assert faults_of(page) == []
    page.get_by_role("link", name="See the plans on sale").click()
    heading(page, "Choose a plan for Harbor Dental")


def test_a_quote_that_ended_charges_nothing_and_leads_to_a_new_one(
    open_page: OpenPage, market: Market
) -> None:
    market.add_card()
    page = open_page(market.mia)
    go_to_quote(page, market)
    now = current_time()
    Quote.objects.update(
        made_at=now - dt.timedelta(minutes=31), expires_at=now - dt.timedelta(minutes=1)
    )

    confirm_button(page).click()

    heading(page, re.compile("^The quote ended on "))
    expect(page.get_by_text("Nothing was charged.")).to_be_visible()
    assert faults_of(page) == []
    assert not Order.objects.exists()
    page.get_by_role("button", name="Make a new quote for Growth").click()
    heading(page, "Confirm and pay")
    confirm_button(page).click()
    heading(page, "Growth is on for Harbor Dental")
    assert Quote.objects.count() == 2

"""Marketplace staff in the admin: from a manifest's upload to the story of an order."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.catalog.models import App, Price
from apps.orders.models import Order
from tests.browser.conftest import OpenPage
from tests.browser.market import Market
from tests.browser.steps import buy, heading
from tests.demo.conftest import DemoApp
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ines(settled: None) -> User:
    """A superuser: staff whom everything is open to."""
    return UserFactory(superuser=True, name="Ines Rocha")


def manifest(url: str) -> bytes:
    """A vendor's document with one paid plan."""
    document = {
        "uuid": "0b7e6a55-2c1f-4f0e-9a53-0d6a1b3c5e09",
        "installation_endpoint": f"{url}/install",
        "uninstallation_endpoint": f"{url}/uninstall",
        "updowngrade_installation_endpoint": f"{url}/change",
        "base_sso_url": f"{url}/launch",
        "app_profile": {"en": {"app_name": "Tidemark Forms"}},
        "app_plans": [
            {
                "plan_uuid": "0b7e6a55-2c1f-4f0e-9a53-0d6a1b3c5e10",
                "plan_type": "PAID",
                "plan_grade": 1,
                "plan_profiles": {
                    "en": {
                        "plan_name": "Team",
                        "plan_subtitle": "For one business",
                        "features": ["Unlimited forms"],
                    }
                },
            }
        ],
    }
    return json.dumps(document).encode()


def submit(page: Page, name: str) -> None:
    """Press the button of a page's own form."""
    page.locator("#content").get_by_role("button", name=name, exact=True).click()


def test_staff_import_a_manifest_set_a_price_and_publish_and_an_agency_can_buy_it(
    open_page: OpenPage, market: Market, demo_app: DemoApp, ines: User
) -> None:
    page = open_page(ines)
    page.goto("/admin/catalog/app/")
    page.get_by_role("link", name="Import manifest").click()
    page.get_by_label("Vendor").select_option(label="Fernhill Software")
    page.locator("input[type=file]").set_input_files(
        {
            "name": "tidemark-forms.json",
            "mimeType": "application/json",
            "buffer": manifest(demo_app.url),
        }
    )
    submit(page, "Preview")
    expect(page.get_by_text("this makes a new app")).to_be_visible()
    expect(page.get_by_role("cell", name=re.compile(r"^app_plans\[0\]")).first).to_be_visible()
    assert not App.objects.filter(name="Tidemark Forms").exists()
    page.get_by_role("button", name=re.compile(r"^Apply \d+ changes?$")).click()
    expect(page.get_by_text("The manifest of Tidemark Forms is applied")).to_be_visible()

    app = App.objects.get(name="Tidemark Forms")
    plan = app.plans.get()
    assert app.status == App.Status.DRAFT
    page.goto(f"/admin/catalog/plan/{plan.pk}/change/")
    page.get_by_role("link", name="New price from…").click()
    page.get_by_label("Paid").select_option(label="Monthly")
    page.get_by_label("Price", exact=True).fill("24.00")
    submit(page, "New price from…")
    expect(page.get_by_text("€24.00").first).to_be_visible()
    assert [(row.amount, row.currency) for row in Price.objects.filter(sku=plan.sku)] == [
        (2400, "EUR")
    ]
    page.goto(f"/admin/catalog/app/{app.pk}/change/")
    page.locator("a").filter(has_text="Listing").click()
    page.get_by_role("link", name="Publish").click()
    page.get_by_label("Reason").fill("Reviewed.")
    submit(page, "Publish")
    expect(page.get_by_text("Published").first).to_be_visible()

    agency = open_page(market.mia)
    agency.goto(f"/sites/{market.site.site_name}/apps/{app.uuid}/plans/")
    heading(agency, "Choose a plan for Harbor Dental")
    expect(agency.get_by_role("listitem").filter(has_text="Team").first).to_contain_text("€24.00")


def test_a_manifest_with_errors_is_refused_with_all_of_their_paths(
    open_page: OpenPage, market: Market, ines: User
) -> None:
    page = open_page(ines)
    page.goto("/admin/catalog/app/")
    page.get_by_role("link", name="Import manifest").click()
    page.get_by_label("Vendor").select_option(label="Fernhill Software")
    page.get_by_label("Or its text").fill(
        '{"app_plans": [{"plan_type": "GOLD"}, {"plan_type": "FREE", "plan_grade": "one"}]}'
    )
    submit(page, "Preview")

    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Nothing was applied.")
    expect(alert).to_contain_text("app_plans[0].plan_type")
    expect(alert).to_contain_text("app_plans[1].plan_grade")
    expect(page.get_by_role("button", name=re.compile("^Apply"))).to_have_count(0)
    assert App.objects.count() == 1


def test_staff_read_an_order_as_one_story(open_page: OpenPage, market: Market, ines: User) -> None:
    market.add_card()
    agency = open_page(market.mia)
    buy(agency, market)
    heading(agency, "Growth is on for Harbor Dental")
    order = Order.objects.get()
    page = open_page(ines)
    page.goto("/admin/")
    page.goto("/admin/orders/order/")
    page.get_by_role("link", name=str(order.number)).first.click()

    story = page.locator("#content")
    for words in (
        "€49.00",
        "Mia Keller",
        "Harbor Dental",
        f"{market.app.install_url}",
        "order.completed",
    ):
        expect(story).to_contain_text(words)


def test_the_admin_sends_strangers_to_the_one_sign_in(open_page: OpenPage, market: Market) -> None:
    page = open_page()
    page.goto("/admin/orders/order/")
    heading(page, "Sign in")
    agency = open_page(market.mia)
    response = agency.goto("/admin/")
    assert response is not None
    assert response.status in (302, 403) or "/accounts/" in agency.url
    assert "Dashboard" not in agency.content()

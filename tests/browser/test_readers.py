"""Who sees what: clients, strangers, marketplace staff, readers of other languages."""

import re

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.core.modes import Mode
from apps.orders.models import Order
from apps.payments.models import SandboxCharge
from apps.subscriptions.models import Subscription
from tests.browser.conftest import OpenPage
from tests.browser.market import Market
from tests.browser.steps import buy, go_to_quote, heading
from tests.browser.watching import faults_of
from tests.factories import OrganizationFactory, SubscriptionFactory, UserFactory
from tests.factories.accounts import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Amounts in any of the languages, currencies, and what only a payer has.
MONEY = re.compile(r"[€$£]|\bEUR\b|\d[.,]\d\d\b|\b(card|invoice|price|billed|renews)\b", re.I)


def test_a_client_sees_the_own_sites_and_no_price(open_page: OpenPage, market: Market) -> None:
    for site in (market.site, market.other_site):
        SubscriptionFactory(plan=market.starter, site=site)
    client = market.make_client()
    page = open_page(client)

    page.goto("/")
    heading(page, "Sites")
    expect(page.get_by_text("Mill Lane Physio")).to_have_count(0)
    assert_no_money(page)
    page.get_by_role("link", name="Harbor Dental").click()
    heading(page, "Apps")
    assert_no_money(page)
    contact = page.get_by_role("region", name="Contact your site admin")
    expect(contact).to_contain_text("Mia Keller")
    expect(contact).to_contain_text("mia@northlight.example")
    expect(contact.get_by_role("link", name="+49 30 5550 1420")).to_have_attribute(
        "href", "tel:+493055501420"
    )
    page.get_by_role("link", name="About Bookwell").click()
    heading(page, "Bookwell")
    assert_no_money(page)

    response = page.goto(market.plans_path())
    assert response is not None
    assert response.status == 403
    heading(page, "Your site admin decides about plans")
    assert_no_money(page)
    response = page.goto(f"/sites/{market.other_site.site_name}/")
    assert response is not None
    assert response.status == 404


def assert_no_money(page: Page) -> None:
    """Search the source, not only what shows."""
    source = re.sub(r"(?s)<head>.*?</head>", "", page.content())
    assert MONEY.findall(source) == []
    assert faults_of(page) == []


def test_a_stranger_finds_nothing(open_page: OpenPage, market: Market) -> None:
    market.add_card()
    owner = open_page(market.mia)
    go_to_quote(owner, market)
    quote = owner.url
    buy(owner, market)
    heading(owner, "Growth is on for Harbor Dental")
    order = owner.url
    stranger = open_page(OrganizationFactory().owner)

    for address in (
        f"/sites/{market.site.site_name}/",
        market.app_path(),
        market.plans_path(),
        quote,
        order,
        f"{order}receipt/",
        f"{order}progress/",
    ):
        response = stranger.goto(address)
        assert response is not None
        assert response.status == 404, address
        heading(stranger, "There is no such page")
        assert "Harbor" not in stranger.content()
    assert faults_of(stranger) == []


def test_what_marketplace_staff_install_is_a_test_and_marked_so(
    open_page: OpenPage, market: Market
) -> None:
    page = open_page(UserFactory(staff=True, name="Ines Rocha"))
    page.goto(market.app_path())
    page.get_by_role("link", name="Add Bookwell").click()
    page.get_by_role("button", name="Choose Growth").click()

    heading(page, re.compile("^Confirm the order"))
    expect(page.get_by_text("This is a test install.")).to_be_visible()
    expect(page.get_by_role("group", name="Payment method")).to_have_count(0)
    assert faults_of(page) == []
    page.get_by_role("button", name="Confirm the test").first.click()

    heading(page, re.compile("^Growth is on for Harbor Dental"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Test install")
    assert faults_of(page) == []
    order = Order.objects.get()
    assert (order.mode, order.total) == (Mode.TEST, 0)
    assert Subscription.objects.get().mode == Mode.TEST
    assert not SandboxCharge.objects.exists()
    # The agency's own people see the mark, too.
    colleague = open_page(market.mia)
    colleague.goto(f"/sites/{market.site.site_name}/")
    expect(colleague.get_by_text("Test install")).to_be_visible()
    expect(colleague.get_by_text("Never billed")).to_be_visible()


def test_a_german_reader_reads_german_texts_and_amounts(
    open_page: OpenPage, market: Market
) -> None:
    User.objects.filter(pk=market.mia.pk).update(language="de")
    page = open_page(market.mia, locale="de-DE")

    page.goto(market.app_path())
    expect(page.get_by_text("Kunden buchen, ohne die Seite zu verlassen.")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "de"
    page.goto(market.plans_path())
    heading(page, "Tarif für Harbor Dental wählen")
    growth = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Wachstum"))
    expect(growth).to_contain_text("Für Teams")
    expect(growth).to_contain_text("5 Kalender")
    expect(growth).to_contain_text("49,00\N{NO-BREAK SPACE}€")
    # No German text for this one: English, and said to be English.
    starter = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Starter"))
    expect(starter).to_have_attribute("lang", "en")
    assert faults_of(page) == []
    page.get_by_role("button", name="Wachstum wählen").click()
    heading(page, "Bestätigen und bezahlen")
    expect(page.get_by_role("region", name="Heute berechnet")).to_contain_text("49,00")


def test_a_password_is_reset_by_mail(open_page: OpenPage, market: Market) -> None:
    page = open_page()
    page.goto("/accounts/login/")
    page.get_by_role("link", name=re.compile("Forgot")).click()
    heading(page, "Reset your password")
    assert faults_of(page) == []
    page.get_by_label("Email").fill(market.mia.email)
    page.get_by_role("button", name="Send the link").click()
    heading(page, "Look in your mail")
    assert faults_of(page) == []

    (message,) = mail.outbox
    assert message.to == [market.mia.email]
    (link,) = re.findall(r"https?://\S+", str(message.body))
    page.goto(link)
    heading(page, "Set a new password")
    assert faults_of(page) == []
    page.get_by_label("New Password", exact=True).fill("four-plain-words-2026")
    page.get_by_label("New Password (again)").fill("four-plain-words-2026")
    page.get_by_role("button", name="Save the password").click()
    heading(page, "Your password is changed")

    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    page.get_by_label("Email").fill(market.mia.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_label("Password").fill("four-plain-words-2026")
    page.get_by_role("button", name="Sign in").click()
    heading(page, "Apps")
    page.goto(link)
    heading(page, "This link has ended")

"""Answers that are not yes: of the app, of the bank, of a worker that is away."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from apps.core.clock import current_time, local_date
from apps.entitlements.models import Entitlement
from apps.orders.models import Order
from apps.payments.models import SandboxCharge
from tests.browser.conftest import OpenPage, Worker
from tests.browser.market import Market
from tests.browser.steps import buy, confirm_button, fact, go_to_quote, heading, step
from tests.browser.watching import faults_of
from tests.demo.conftest import DemoApp
from tests.factories import SubscriptionFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

REFUSAL = 'Workspace <b>harbor</b> is "taken" <script>document.title="owned"</script>& so on.'


def test_a_refusal_reaches_an_open_page_with_the_apps_own_words_as_plain_text(
    open_page: OpenPage, market: Market, demo_app: DemoApp, worker: Worker
) -> None:
    today = local_date(current_time(), market.agency.time_zone)
    SubscriptionFactory(
        plan=market.starter, site=market.site, started_on=today - dt.timedelta(days=5)
    )
    market.add_card()
    demo_app.control(do="refuse", status=403, text=REFUSAL)
    page = open_page(market.mia)
    with worker.paused():
        buy(page, market)
        heading(page, "Upgrading Bookwell to Growth")
        assert faults_of(page) == []

    heading(page, "Bookwell refused the upgrade")
    expect(page).to_have_title("Bookwell refused the upgrade · Marketplace")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_text("Nothing was charged.")).to_be_visible()
    expect(page.get_by_text("Harbor Dental stays on Starter.")).to_be_visible()
    expect(step(page, "Asking Bookwell")).to_contain_text(REFUSAL)
    expect(page.get_by_text("Hold released", exact=True)).to_be_visible()
    expect(fact(page, "Held now")).to_have_text("€0.00")
    expect(fact(page, "Charged")).to_have_text("€0.00")
    expect(page.get_by_role("link", name="Contact Bookwell")).to_have_attribute(
        "href", "mailto:help@bookwell.example"
    )
    assert faults_of(page) == []
    assert page.locator("script:not([src])").count() == 0
    assert Order.objects.get().status == Order.Status.REJECTED
    assert SandboxCharge.objects.get().state == SandboxCharge.State.VOIDED
    assert Entitlement.objects.get().sku == market.starter.sku

    page.get_by_role("link", name="Try again").click()
    heading(page, "Confirm and pay")
    confirm_button(page).click()
    heading(page, "Growth is on for Harbor Dental")
    assert {order.quote_id for order in Order.objects.all()} == {Order.objects.first().quote_id}


def test_an_order_that_the_app_does_not_answer_can_be_called_off(
    open_page: OpenPage, market: Market, demo_app: DemoApp, worker: Worker
) -> None:
    market.app.program.ask_timeout = 1
    market.app.program.save()
    market.add_card()
    demo_app.control(do="hang", kind="install")
    page = open_page(market.mia)
    buy(page, market)

    heading(page, "Bookwell has not answered yet")
    expect(page.get_by_text("Nothing is charged.")).to_be_visible()
    asking = step(page, "Asking Bookwell")
    expect(asking).to_contain_text("None, timed out")
    expect(fact(page, "Held now")).to_have_text("€49.00")
    assert faults_of(page) == []
    page.get_by_role("button", name="Cancel the order").click()

    # What is undone waits for a slow answer first; beat would wake it.
    for _ in range(60):
        worker.sweep()
        page.wait_for_timeout(250)
        if not Order.objects.get().is_open:
            break
    heading(page, "The order was cancelled")
    expect(page.get_by_text("Bookwell was not added to Harbor Dental.")).to_be_visible()
    expect(page.get_by_text("Hold released", exact=True)).to_be_visible()
    assert faults_of(page) == []
    order = Order.objects.get()
    assert (order.status, order.reason) == (Order.Status.ABANDONED, Order.Reason.WITHDRAWN)
    assert SandboxCharge.objects.get().state == SandboxCharge.State.VOIDED
    assert not Entitlement.objects.exists()
    kinds = [
        request["kind"]
        for request in demo_app.state()["requests"]
        if request["subject"] == market.site.site_name
    ]
    assert kinds[-1] == "install"
    assert set(kinds[:-1]) == {"uninstall"}


def test_a_declined_card_is_followed_by_another_one(open_page: OpenPage, market: Market) -> None:
    market.add_card()
    market.add_card("4000000000009995")
    page = open_page(market.mia)
    go_to_quote(page, market)
    expect(page.get_by_role("radio", name="Visa ending 9995")).to_be_checked()
    confirm_button(page).click()

    heading(page, "The payment was declined")
    expect(step(page, "Payment declined")).to_contain_text("The card has insufficient funds.")
    assert faults_of(page) == []
    page.get_by_role("link", name="Try again").click()
    page.get_by_role("radio", name="Visa ending 4242").check()
    confirm_button(page).click()

    heading(page, "Growth is on for Harbor Dental")
    assert sorted(Order.objects.values_list("status", flat=True)) == ["COMPLETED", "DECLINED"]
    captured = SandboxCharge.objects.filter(state=SandboxCharge.State.CAPTURED)
    assert [charge.amount for charge in captured] == [4900]


@pytest.mark.parametrize(
    ("answer", "title", "state"),
    [
        ("Confirm the payment", "Growth is on for Harbor Dental", "CAPTURED"),
        ("Refuse", "The payment was declined", "DECLINED"),
    ],
)
def test_the_bank_takes_a_second_look(
    open_page: OpenPage, market: Market, answer: str, title: str, state: str
) -> None:
    market.add_card("4000002500003155")
    page = open_page(market.mia)
    buy(page, market)
    heading(page, "Your bank wants a second look")
    assert faults_of(page) == []
    page.get_by_role("link", name="Go to the bank’s page").click()

    heading(page, "Confirm €49.00")
    expect(page.get_by_text("Sandbox bank", exact=True)).to_be_visible()
    assert faults_of(page) == []
    page.get_by_role("button", name=answer).click()

    heading(page, title)
    assert SandboxCharge.objects.get().state == state


def test_an_order_that_nobody_works_on_waits_and_says_so(
    open_page: OpenPage, market: Market, worker: Worker
) -> None:
    market.add_card()
    page = open_page(market.mia)
    with worker.paused():
        buy(page, market)
        earlier = current_time() - dt.timedelta(seconds=30)
        Order.objects.update(placed_at=earlier, next_attempt_at=earlier)
        heading(page, "The order waits for its turn")
        expect(page.get_by_text("Nothing is charged.")).to_be_visible()
        assert faults_of(page) == []

    heading(page, "Growth is on for Harbor Dental")

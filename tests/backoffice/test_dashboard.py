"""The first page: every number is that of the list it leads to."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from apps.core.money import Money
from apps.orders.models import Order
from tests.factories import AskFactory, PlanFactory, UserFactory
from tests.fakes.market import Market

INDEX = reverse("admin:index")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.clear()


def figures(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get(INDEX).context["figures"]
    return found


def count_at(client: Client, url: str) -> int:
    return int(client.get(url).context["cl"].result_count)


def test_each_number_is_that_of_its_list(
    staff_client: Client, history: list[Order], market: Market
) -> None:
    AskFactory(app=market.app)
    PlanFactory(app=market.app, grade=9)
    found = figures(staff_client)
    numbers = [value for name, value in found.items() if name.endswith("_count")]
    numbers += [row.figure for row in found["statuses"]]
    numbers += [row.figure for row in found["refusals"]]
    assert len(numbers) == 12
    for figure in numbers:
        assert count_at(staff_client, figure.url) == figure.number, figure.url
    assert found["order_count"].number == 3
    assert found["refused_count"].number == 1
    assert found["refused_percent"] == 33.3
    assert found["ask_count"].number == 1
    assert found["unsold_count"].number == 1


def test_sales_are_those_of_the_ledger(staff_client: Client, history: list[Order]) -> None:
    (sales,) = figures(staff_client)["sales"]
    assert sales.total == Money(1900 + 3000, "EUR")
    assert sales.commission == Money(380 + 600, "EUR")
    assert sales.vendors == Money(1520 + 2400, "EUR")


def test_a_refusal_stands_with_its_app_and_words(
    staff_client: Client, history: list[Order], market: Market
) -> None:
    content = staff_client.get(INDEX).content.decode()
    assert f"{market.app.name}: This account is linked elsewhere." in content


def test_a_refusal_without_a_space_breaks_its_line_and_not_the_page() -> None:
    style = (Path(settings.BASE_DIR) / "static" / "admin_extra" / "staff.css").read_text()
    (rule,) = re.findall(r"^\.staff-bars a span \{(.*)\}$", style, re.MULTILINE)
    assert "overflow-wrap: anywhere;" in rule
    # Without it a flex item is never narrower than its longest word.
    assert "min-width: 0;" in rule


def test_a_parked_order_is_there_and_in_the_navigation(
    staff_client: Client, market: Market
) -> None:
    order = market.place(market.growth)
    Order.objects.filter(pk=order.pk).update(
        parked_at=market.clock(), parked_why="The bank is silent."
    )
    content = staff_client.get(INDEX).content.decode()
    assert "The bank is silent." in content
    navigation = staff_client.get(INDEX).context["sidebar_navigation"]
    badges = {page["title"]: page.get("badge") for group in navigation for page in group["items"]}
    assert badges["Orders"] == 1
    assert badges["Deliveries"] is None


def test_an_unbalanced_ledger_is_said_on_top(
    staff_client: Client, history: list[Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Ledger balanced" in staff_client.get(INDEX).content.decode()
    cache.clear()
    monkeypatch.setattr(
        "apps.backoffice.dashboard.findings", lambda: iter(["transaction 7 was never sealed"])
    )
    content = staff_client.get(INDEX).content.decode()
    assert "The ledger is not right" in content
    assert "transaction 7 was never sealed" in content
    assert "Ledger balanced" not in content


def test_an_empty_marketplace_says_so(staff_client: Client) -> None:
    content = staff_client.get(INDEX).content.decode()
    for text in (
        "No order waits for a person.",
        "Every app has answered.",
        "Every paid plan can be bought.",
        "No app refused an order this month.",
    ):
        assert text in content


def test_people_see_the_figures_of_what_they_may_see(db: None, history: list[Order]) -> None:
    clerk = UserFactory(staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_plan"))
    client = Client()
    client.force_login(clerk)
    found = figures(client)
    assert "unsold_count" in found
    assert not {"sales", "orders", "statuses", "ask_count", "ledger"} & set(found)
    assert "€" not in client.get(INDEX).content.decode()


def test_the_first_page_asks_a_bounded_number_of_questions(
    staff_client: Client, history: list[Order], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(45):
        staff_client.get(INDEX)


# --- Search and safety --------------------------------------------------------------------


def test_the_palette_finds_orders_sites_and_people(
    staff_client: Client, history: list[Order], market: Market
) -> None:
    for term in (str(history[0].number), market.site.site_name, market.buyer.email):
        answer = staff_client.get(reverse("admin:search"), {"s": term, "extended": "1"})
        assert answer.context["results"].object_list, term


def test_the_palette_shows_nobody_what_they_may_not_see(
    history: list[Order], market: Market
) -> None:
    client = Client()
    client.force_login(UserFactory(staff=True))
    answer = client.get(reverse("admin:search"), {"s": market.buyer.email, "extended": "1"})
    assert market.buyer.name not in answer.content.decode()


def test_the_policy_is_wider_here_by_eval_and_inline_styles_alone(staff_client: Client) -> None:
    policy = staff_client.get(INDEX)["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["script-src"] == "'self' 'unsafe-eval'"
    assert directives["style-src"] == "'self' 'unsafe-inline'"
    assert directives["default-src"] == "'self'"
    assert "<script>" not in staff_client.get(INDEX).content.decode()


def test_nobody_signs_in_past_the_one_sign_in_page() -> None:
    answer = Client().get("/admin/login/", {"next": "/admin/"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")

"""Every page of the admin opens, in a number of queries that does not grow with the rows.

A market with history is slow to make, so these tests walk over all pages with one.
"""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from apps.orders.models import Order
from tests.fakes.market import Market

PAGES = sorted(admin.site._registry.items(), key=lambda pair: pair[0]._meta.label)
#: Sign-in, rights, filters and rows; a page that asks once per row has more.
MOST_QUERIES = 30
ADDED_BY_STAFF = {"App", "Group", "Membership", "Organization", "Program", "Site", "User"}


def url(model: Any, name: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def test_every_model_of_the_project_has_a_page_or_is_shown_on_one() -> None:
    shown = {model for model, _ in PAGES}
    for _, model_page in PAGES:
        shown |= {inline.model for inline in model_page.inlines}
    ours = {
        model
        for model in apps.get_models()
        if model.__module__.startswith("apps.") and not model.__name__.startswith("Historical")
    }
    # An order's events are the timeline of its page.
    assert {model.__name__ for model in ours - shown} == {"OrderEvent"}


def test_lists_open_and_search(
    history: list[Order], staff_client: Client, django_assert_max_num_queries: Any
) -> None:
    for model, model_page in PAGES:
        with django_assert_max_num_queries(MOST_QUERIES, info=model._meta.label):
            assert staff_client.get(url(model, "changelist")).status_code == 200, model
        if model_page.search_fields:
            answer = staff_client.get(url(model, "changelist"), {"q": "growth"})
            assert answer.status_code == 200, model


def test_lists_open_under_each_of_their_filters(history: list[Order], staff_client: Client) -> None:
    choices = {
        "orders_order": ("needs", ["parked", "open", "overdue", "refused_by_app"]),
        "catalog_plan": ("standing", ["live", "unpriced", "retired"]),
        "webhooks_ask": ("state", ["open", "settled"]),
        "entitlements_entitlement": ("in_force", ["yes", "no"]),
    }
    counts = {}
    for name, (parameter, values) in choices.items():
        for value in values:
            answer = staff_client.get(reverse(f"admin:{name}_changelist"), {parameter: value})
            assert answer.status_code == 200
            counts[value] = answer.context["cl"].result_count
    assert counts == {
        "parked": 0,
        "open": 0,
        "overdue": 0,
        "refused_by_app": 1,
        "live": 3,
        "unpriced": 0,
        "retired": 0,
        "settled": 3,
        "yes": 1,
        "no": 1,
    }


def test_exports_hold_the_named_fields(
    history: list[Order], staff_client: Client, django_assert_max_num_queries: Any
) -> None:
    for model, model_page in PAGES:
        if not model_page.export_fields:
            continue
        assert staff_client.get(url(model, "export")).status_code == 200, model
        with django_assert_max_num_queries(MOST_QUERIES, info=model._meta.label):
            answer = staff_client.post(url(model, "export"), {"format": "0", "resource": ""})
        assert answer["Content-Type"] == "text/csv", model
        header, *lines = answer.content.decode().splitlines()
        assert header.split(",") == list(model_page.export_fields), model
        assert len(lines) >= model._default_manager.count(), model


def test_rows_and_their_histories_open(
    history: list[Order], staff_client: Client, django_assert_max_num_queries: Any
) -> None:
    for model, _ in PAGES:
        row = model._default_manager.order_by("pk").last()
        if row is None:
            continue
        with django_assert_max_num_queries(MOST_QUERIES + 15, info=model._meta.label):
            assert staff_client.get(url(model, "change", row.pk)).status_code == 200, model
        with django_assert_max_num_queries(MOST_QUERIES, info=model._meta.label):
            assert staff_client.get(url(model, "history", row.pk)).status_code == 200, model


def test_rows_are_added_only_where_that_makes_sense(staff_client: Client) -> None:
    for model, _ in PAGES:
        expected = 200 if model.__name__ in ADDED_BY_STAFF else 403
        assert staff_client.get(url(model, "add")).status_code == expected, model


def test_nobody_but_staff_sees_a_page(history: list[Order], market: Market) -> None:
    for client in (Client(), Client()):
        for model, _ in PAGES:
            for name in ("changelist", "add", "export"):
                answer = client.get(url(model, name))
                assert answer.status_code in (302, 403), model
        client.force_login(market.buyer)


def test_staff_without_rights_see_nothing_and_export_nothing(
    history: list[Order], market: Market
) -> None:
    market.buyer.is_staff = True
    market.buyer.save()
    client = Client()
    client.force_login(market.buyer)
    assert client.get(reverse("admin:index")).status_code == 200
    for model, _ in PAGES:
        assert client.get(url(model, "changelist")).status_code == 403, model
        assert client.get(url(model, "export")).status_code == 403, model
        assert client.post(url(model, "export"), {"format": "0"}).status_code == 403, model


def test_no_export_holds_a_secret() -> None:
    secrets = ("secret", "digest", "private_key", "access_", "refresh_", "password", "body")
    for model, model_page in PAGES:
        found = [path for path in model_page.export_fields if any(s in path for s in secrets)]
        assert found == [], model


@pytest.mark.parametrize("path", ["orders/order/999999/", "catalog/app/none/", "no/such/"])
def test_what_is_not_there_is_not_found(path: str, staff_client: Client) -> None:
    assert staff_client.get(f"/admin/{path}").status_code in (302, 404)

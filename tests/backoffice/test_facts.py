"""Facts are read and never written, whoever asks; versions of configuration are kept."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client

from apps.accounts.models import Membership, Organization
from apps.catalog.models import App, Plan, PlanProfile, Program
from apps.core.admin import ConfigurationAdmin, FactAdmin
from apps.orders.models import Order
from tests.backoffice.pages import complaints, filled, page
from tests.fakes.market import Market

FACTS = [
    model for model, registered in admin.site._registry.items() if isinstance(registered, FactAdmin)
]


def test_what_happened_is_a_fact() -> None:
    assert {model.__name__ for model in FACTS} == {
        "Account",
        "AppCredential",
        "Ask",
        "Attempt",
        "Authenticator",
        "CatalogManifest",
        "Delivery",
        "Endpoint",
        "Entitlement",
        "Entry",
        "Event",
        "EventStream",
        "Installation",
        "LogEntry",
        "Order",
        "Payment",
        "PaymentMethod",
        "Price",
        "Quote",
        "SandboxCharge",
        "Sku",
        "Subscription",
        "Token",
        "Transaction",
    }


def test_a_superuser_can_neither_add_change_nor_delete_a_fact(
    history: list[Order], staff_client: Client
) -> None:
    for model in FACTS:
        assert staff_client.post(page(model, "add"), {}).status_code == 403, model
        row: Any = model._default_manager.order_by("pk").first()
        if row is None:
            continue
        before = model._default_manager.filter(pk=row.pk).values().get()
        everything = {field.attname: "1" for field in model._meta.concrete_fields}
        assert staff_client.post(page(row), everything).status_code == 403, model
        assert staff_client.post(page(row, "delete"), {"post": "yes"}).status_code == 403, model
        action = {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}
        staff_client.post(page(model, "changelist"), action)
        assert model._default_manager.filter(pk=row.pk).values().get() == before, model


def test_a_page_of_facts_says_why(history: list[Order], staff_client: Client) -> None:
    for model in FACTS:
        why = str(admin.site.get_model_admin(model).read_only_because)
        content = staff_client.get(page(model, "changelist")).content.decode()
        assert why.partition("'")[0].partition("“")[0] in content, model


def test_nothing_is_deleted_by_the_hundred() -> None:
    for model, registered in admin.site._registry.items():
        assert registered.actions is None, model


def test_configuration_is_versioned() -> None:
    versioned = {
        model
        for model, registered in admin.site._registry.items()
        if isinstance(registered, ConfigurationAdmin)
    }
    assert versioned == {App, Membership, Organization, Plan, PlanProfile, Program}


def test_an_edit_of_a_program_is_in_its_history(
    staff_client: Client, market: Market, superuser: Any
) -> None:
    data = filled(staff_client, page(market.program), commission_rate="0.2500")
    assert complaints(staff_client.post(page(market.program), data)) == []
    newest = Program.history.filter(id=market.program.pk).latest()
    assert str(newest.commission_rate) == "0.2500"
    assert newest.history_user == superuser
    content = staff_client.get(page(market.program, "history")).content.decode()
    assert "0.2000" in content
    assert "0.2500" in content


def test_a_dialect_that_is_not_here_yet_is_kept_on_saving(staff_client: Client, db: None) -> None:
    program = Program.objects.get(slug="livechat")
    assert program.upgrade_asks == "livechat"
    data = filled(staff_client, page(program), description="Edited")
    assert complaints(staff_client.post(page(program), data)) == []
    program.refresh_from_db()
    assert (program.upgrade_asks, program.description) == ("livechat", "Edited")


@pytest.mark.parametrize("share", ["-0.1", "1.5", "twenty"])
def test_a_commission_is_a_share(share: str, staff_client: Client, db: None) -> None:
    program = Program.objects.get(slug="duda")
    data = filled(staff_client, page(program), commission_rate=share)
    assert "commission_rate" in "".join(complaints(staff_client.post(page(program), data)))


def test_a_fields_value_is_never_a_secret(history: list[Order], staff_client: Client) -> None:
    secrets: set[str] = set()
    models_with_secrets: list[type[models.Model]] = [
        model for model, _ in admin.site._registry.items()
    ]
    for model in models_with_secrets:
        names = [
            field.name
            for field in model._meta.concrete_fields
            if field.name in ("secret", "private_key", "digest", "token", "body")
            and model.__name__ not in ("Delivery",)
        ]
        for row in model._default_manager.all():
            secrets |= {str(getattr(row, name)) for name in names}
    secrets.discard("")
    assert secrets
    for model in models_with_secrets:
        for row in model._default_manager.order_by("pk")[:3]:
            content = staff_client.get(page(row)).content.decode()
            assert not [each for each in secrets if each in content], model

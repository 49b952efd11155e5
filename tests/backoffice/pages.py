"""Short ways to the admin's pages."""

from typing import Any

from django.db.models import Model
from django.test import Client
from django.urls import reverse


def page(row_or_model: Any, name: str = "change") -> str:
    """The address of a row's page or button, or of a model's list page."""
    meta = row_or_model._meta
    args = (row_or_model.pk,) if isinstance(row_or_model, Model) else ()
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=args)


def press(client: Client, row_or_model: Any, button: str, **data: Any) -> Any:
    """Press a button and confirm it."""
    return client.post(page(row_or_model, button), data)


def buttons(client: Client, row: Model) -> set[str]:
    """The names of the buttons that the row's page shows."""
    shown = client.get(page(row)).context["actions_detail"]
    flat = [item for each in shown for item in (each.get("items") or [each])]
    return {item["path"].rstrip("/").rsplit("/", 1)[-1] for item in flat}


def errors(answer: Any) -> str:
    """What a step's page says against what was asked."""
    return str(answer.context["form"].errors.as_text())


def filled(client: Client, address: str, **changes: str) -> dict[str, Any]:
    """What a browser would send when the form at ``address`` is saved with ``changes``."""
    context = client.get(address).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data: dict[str, Any] = {}
    for form in forms:
        for bound in form:
            value = bound.field.prepare_value(bound.value())
            if value is True:
                data[bound.html_name] = "on"
            elif isinstance(value, list):
                data[bound.html_name] = [str(each) for each in value]
            elif value is not None and value is not False:
                data[bound.html_name] = str(value)
    return data | changes


def complaints(answer: Any) -> list[str]:
    """What a form's page says against what was sent; empty once it was saved."""
    if answer.status_code == 302:
        return []
    forms = [answer.context["adminform"].form]
    found = [str(error) for error in answer.context["errors"]]
    for inline in answer.context["inline_admin_formsets"]:
        found += map(str, inline.formset.non_form_errors())
        forms += inline.formset.forms
    return found + [form.errors.as_text() for form in forms if form.errors]

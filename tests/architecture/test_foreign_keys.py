"""Foreign keys point down the layers: import contracts cannot see a key named by a string."""

import tomllib
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def layer_numbers(layers: list[str]) -> dict[str, int]:
    """Return each app's number; a larger one is lower. Siblings have the same."""
    return {
        name.strip(" ()"): number
        for number, layer in enumerate(layers)
        for name in layer.replace(":", "|").split("|")
    }


def contract(identifier: str) -> dict[str, Any]:
    """Return an import contract of the project."""
    contracts = tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]
    return next(each for each in contracts if each["id"] == identifier)


LAYERS = layer_numbers(contract("apps")["layers"])


def place(model: type[models.Model]) -> str:
    """Return the name under which the layers know a model's app: ``apps.<place>...``."""
    return model.__module__.split(".")[1]


def keys_that_do_not_point_down(
    all_models: list[type[models.Model]], layers: dict[str, int]
) -> list[str]:
    """Return ``app.Model.field -> app.Model`` for each key to another app that is not lower."""
    return [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in all_models
        for field in model._meta.get_fields()
        if field.is_relation
        and field.concrete
        and isinstance(field.related_model, type)
        and field.related_model.__module__.startswith("apps.")
        and place(field.related_model) != place(model)
        and layers[place(field.related_model)] <= layers[place(model)]
    ]


def project_models() -> list[type[models.Model]]:
    """Return the models of our own apps, history tables included."""
    return [model for model in apps.get_models() if model.__module__.startswith("apps.")]


def test_every_foreign_key_to_another_app_points_to_a_lower_layer() -> None:
    assert keys_that_do_not_point_down(project_models(), LAYERS) == []


def test_the_check_sees_keys_between_all_layers_that_have_models() -> None:
    upside_down = {name: -number for name, number in LAYERS.items()}
    found = keys_that_do_not_point_down(project_models(), upside_down)
    assert any(line.startswith("orders.Order.") for line in found)
    assert any(line.startswith("catalog.App.") for line in found)


def test_a_layer_is_found_for_every_app_that_has_models() -> None:
    assert {place(model) for model in project_models()} <= LAYERS.keys()

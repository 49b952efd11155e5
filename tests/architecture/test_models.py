"""Habits of the tables: names of constraints, and nothing that hides what a query does."""

from django.apps import apps
from django.db import models


def project_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("apps.")]


def written_models() -> list[type[models.Model]]:
    """Return the models without the history tables that simple-history makes."""
    return [model for model in project_models() if not model.__name__.startswith("Historical")]


def test_there_are_models_to_look_at() -> None:
    assert len(written_models()) > 20


def test_constraints_are_named_by_their_table_and_rule() -> None:
    wrong = [
        constraint.name
        for model in project_models()
        for constraint in model._meta.constraints
        if not constraint.name.startswith(f"{model._meta.db_table}_")
    ]
    assert wrong == []


def test_no_model_overrides_save_or_delete() -> None:
    overriding = [
        f"{model._meta.label}.{name}"
        for model in written_models()
        for base in model.__mro__
        if base.__module__.startswith("apps.")
        for name in ("save", "delete")
        if name in vars(base)
    ]
    assert overriding == []


def test_no_model_orders_its_rows_unasked() -> None:
    assert [m._meta.label for m in written_models() if m._meta.ordering] == []


def test_no_manager_hides_rows() -> None:
    """The default manager of a model gives all its rows: its query has no condition."""
    hiding = [
        model._meta.label
        for model in written_models()
        if model._default_manager.all().query.where.children
    ]
    assert hiding == []


def test_no_many_to_many_goes_round_a_table_of_its_own() -> None:
    """Who belongs to what has a row with a role or a date; only Django's groups have none."""
    hidden = [
        f"{model._meta.label}.{field.name}"
        for model in written_models()
        for field in model._meta.many_to_many
        if field.related_model._meta.app_label != "auth"
    ]
    assert hidden == []

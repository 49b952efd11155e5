"""The commands that `make check` runs."""

import pytest

from scripts import check


def titles(steps: list[check.Step]) -> list[str]:
    return [step.title for step in steps]


def test_postgresql_is_run_where_a_database_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "postgres://127.0.0.1/postgres")
    assert titles(check.test_steps()) == [
        "Tests on SQLite",
        "Tests in a browser and of `make run`",
        "Tests on PostgreSQL",
        "Coverage",
    ]


def test_postgresql_is_left_out_where_none_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    assert titles(check.test_steps()) == [
        "Tests on SQLite",
        "Tests in a browser and of `make run`",
        "Coverage",
    ]


def test_no_test_step_sees_the_database_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "postgres://127.0.0.1/postgres")
    for step in check.test_steps()[:3]:
        assert "DATABASE_URL" in step.without
    assert "TEST_DATABASE_URL" in check.test_steps()[0].without


def test_a_step_runs_without_the_variables_it_must_not_see(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:////tmp/never.db")
    look = check.python("-c", "import os, sys; sys.exit('DATABASE_URL' in os.environ)")
    assert check.Step("with", look).run() == 1
    assert check.Step("without", look, without=["DATABASE_URL"]).run() == 0
    assert check.Step("set", look, {"DATABASE_URL": "x"}, without=["DATABASE_URL"]).run() == 1

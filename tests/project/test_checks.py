"""System checks of the settings: what each refuses, and that the project passes them."""

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from apps.core import checks

KEY = "dGVzdC1vbmx5LWtleS1vZi10aGlydHktdHdvLWJ5dGU="


def ids(messages: list[object]) -> list[str]:
    return [message.id for message in messages]  # type: ignore[attr-defined]


def test_the_project_has_nothing_to_remark() -> None:
    assert run_checks() == []


@pytest.mark.parametrize("setting", ["PAYMENT_GATEWAYS", "DIALECTS"])
@pytest.mark.parametrize("path", ["apps.core.missing.Thing", "apps.core.money.Missing", "nodots"])
def test_a_dotted_path_that_leads_nowhere_is_named(
    settings: Settings, setting: str, path: str
) -> None:
    setattr(settings, setting, {"acme": path})
    messages = checks.check_dotted_paths(None)
    assert ids(messages) == ["core.E001"]
    assert messages[0].msg.startswith(f'{setting}["acme"] cannot be loaded:')


def test_an_empty_key_ring_is_refused(settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = []
    assert ids(checks.check_encryption_keys(None)) == ["core.E002"]


def test_a_malformed_key_is_named_by_its_place_and_not_shown(settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [KEY, "not-a-key"]
    messages = checks.check_encryption_keys(None)
    assert ids(messages) == ["core.E003"]
    assert "FIELD_ENCRYPTION_KEYS[1]" in messages[0].msg
    assert "not-a-key" not in messages[0].msg


@pytest.mark.parametrize(
    "url", ["", "marketplace.example", "https://", "https://m.example/", "ftp://m.example"]
)
def test_a_base_url_with_less_or_more_than_scheme_and_host_is_refused(
    settings: Settings, url: str
) -> None:
    settings.PUBLIC_BASE_URL = url
    assert ids(checks.check_public_base_url(None)) == ["core.E004"]


def test_a_hole_in_the_outbound_guard_is_refused_in_production(settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED_ORIGINS = ["http://127.0.0.1:9000"]
    assert "core.E005" in ids(run_checks(include_deployment_checks=True))
    assert "core.E005" not in ids(run_checks())
    settings.OUTBOUND_ALLOWED_ORIGINS = []
    assert checks.check_outbound_guard(None) == []


def test_plain_http_is_refused_in_production(settings: Settings) -> None:
    settings.PUBLIC_BASE_URL = "http://marketplace.example"
    assert ids(checks.check_public_base_url_is_https(None)) == ["core.E006"]
    settings.PUBLIC_BASE_URL = "https://marketplace.example"
    assert checks.check_public_base_url_is_https(None) == []

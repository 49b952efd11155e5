"""Which endpoints are taken: what would fail at each event is refused when it is set up."""

import base64
from typing import Any

import pytest

from apps.webhooks.models import Endpoint
from apps.webhooks.services import EndpointRefused, add_endpoint
from tests.factories import AppFactory
from tests.factories.catalog import APP_SECRET

pytestmark = pytest.mark.django_db

URL = "https://app.example.com/events"


def add(**facts: Any) -> Endpoint:
    return add_endpoint(**{"app": AppFactory(), "url": URL} | facts)


def refused_field(**facts: Any) -> str:
    with pytest.raises(EndpointRefused) as caught:
        add(**facts)
    assert str(caught.value)
    assert not Endpoint.objects.exists()
    return caught.value.field


def test_an_endpoint_gets_a_secret_of_its_own() -> None:
    first, second = add(), add()
    assert first.secret != second.secret
    assert len(base64.b64decode(first.secret, validate=True)) >= 24


@pytest.mark.parametrize("secret", [APP_SECRET, base64.b64encode(b"k" * 24).decode()])
def test_a_secret_that_can_sign_is_taken(secret: str) -> None:
    assert add(secret=secret).secret == secret


@pytest.mark.parametrize(
    "secret",
    [
        base64.b64encode(b"k" * 23).decode(),
        "not base64 at all, though long enough",
        "whsec_" + APP_SECRET,
        APP_SECRET[:-1],
        "é" * 40,
        " ",
    ],
)
def test_a_secret_that_cannot_sign_is_refused(secret: str) -> None:
    assert refused_field(secret=secret) == "secret"


@pytest.mark.parametrize("name", ["", "gone", "Standard"])
def test_a_format_that_nobody_knows_is_refused(name: str) -> None:
    assert refused_field(event_format=name) == "event_format"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/events",
        "//app.example.com/events",
        "https://",
        "https:///events",
        "https://app.example.com:99999/events",
        "http://app.example.com/events",
        "ftp://app.example.com/events",
        "https://app.example.com/a path",
        "https://app.example.com/\nevents",
        "https://mia:secret@app.example.com/events",
        "https://app.example.com/" + "e" * 2000,
    ],
)
def test_an_address_that_is_not_https_or_not_whole_is_refused(url: str) -> None:
    assert refused_field(url=url) == "url"


def test_an_allowed_origin_may_be_plain_http(settings: Any) -> None:
    settings.OUTBOUND_ALLOWED_ORIGINS = ["http://127.0.0.1:9000"]
    assert add(url="http://127.0.0.1:9000/events").url == "http://127.0.0.1:9000/events"
    with pytest.raises(EndpointRefused):
        add(url="http://127.0.0.1:9001/events")


def test_an_app_has_an_address_once() -> None:
    app = AppFactory()
    add(app=app)
    with pytest.raises(EndpointRefused) as caught:
        add(app=app)
    assert caught.value.field == "url"
    assert Endpoint.objects.count() == 1

"""The guarded client reaches nothing private, whatever a URL, a name or an answer tries."""

import socket
from typing import Any

import pytest

from apps.webhooks.client import ANSWER_BYTES, post
from tests.fakes.vendor_app import Reply, VendorApp

HOSTILE = [
    "http://127.0.0.1/",
    "http://127.8.8.8:8080/",
    "http://localhost/",
    "http://[::1]/",
    "http://0.0.0.0/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://017700000001/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[fec0::1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://192.0.0.8/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://user:secret@127.0.0.1/",
    "http://93.184.216.34:22/",
    "http://93.184.216.34:5432/",
    "file:///etc/passwd",
    "ftp://93.184.216.34/",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "http://",
    "//127.0.0.1/",
    "",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_url_is_refused_before_anything_is_sent(url: str) -> None:
    answer = post(url, body=b"{}", headers={}, timeout=2)

    assert answer.status is None
    assert answer.was_sent is False
    assert answer.error in ("blocked", "broken", "dns"), answer


def test_a_name_that_turns_private_is_refused_at_the_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rebinding: whatever a look-up before said, the address connected to is the one checked."""

    def resolve(*_args: Any, **_facts: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    answer = post("http://app.example.com/", body=b"{}", headers={}, timeout=2)

    assert (answer.error, answer.was_sent) == ("blocked", False)


@pytest.fixture
def allowed(vendor_app: VendorApp, settings: Any) -> VendorApp:
    settings.OUTBOUND_ALLOWED_ORIGINS = [vendor_app.url]
    return vendor_app


def test_an_allowed_origin_is_allowed_exactly(allowed: VendorApp) -> None:
    port = allowed.url.rsplit(":", 1)[1]
    assert post(f"{allowed.url}/x", body=b"{}", headers={}, timeout=2).status == 200
    for other in (
        f"http://localhost:{port}/",
        f"http://127.0.0.2:{port}/",
        f"http://127.0.0.1:{int(port) + 1}/",
        f"https://127.0.0.1:{port}/",
        f"http://127.0.0.1:{port}@10.0.0.1/",
    ):
        answer = post(other, body=b"{}", headers={}, timeout=2)
        assert (answer.status, answer.was_sent) == (None, False), other
    assert allowed.paths() == ["/x"]


def test_a_redirect_is_an_answer_and_is_not_followed(allowed: VendorApp) -> None:
    allowed.answer("/", Reply(302, location=f"{allowed.url}/secret"))
    answer = post(f"{allowed.url}/", body=b"{}", headers={}, timeout=2)

    assert answer.status == 302
    assert allowed.paths() == ["/"]


def test_more_than_the_cap_of_an_answer_is_not_read(allowed: VendorApp) -> None:
    allowed.answer("/", Reply(200, raw=b"x" * (ANSWER_BYTES * 4)))
    answer = post(f"{allowed.url}/", body=b"{}", headers={}, timeout=5)

    assert (answer.status, len(answer.body)) == (200, ANSWER_BYTES)


@pytest.mark.parametrize(
    "headers",
    [{"x-one": "a\r\nx-two: b"}, {"x-one\r\nx-two": "b"}, {"x-one": "a\x00b"}],
)
def test_a_header_cannot_bring_another_along(allowed: VendorApp, headers: dict[str, str]) -> None:
    answer = post(f"{allowed.url}/", body=b"{}", headers=headers, timeout=2)

    assert answer.status is None
    assert allowed.received == []


def test_an_answer_that_does_not_come_is_not_waited_for(allowed: VendorApp) -> None:
    allowed.answer("/", Reply(hang=1.5))
    answer = post(f"{allowed.url}/", body=b"{}", headers={}, timeout=0.3)

    assert (answer.error, answer.was_sent) == ("timeout", True)
    assert answer.duration_ms < 1400


def test_a_closed_port_is_refused_and_nothing_was_sent(free_port: Any, settings: Any) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    settings.OUTBOUND_ALLOWED_ORIGINS = [url]
    answer = post(url, body=b"{}", headers={}, timeout=2)

    assert (answer.error, answer.was_sent) == ("refused", False)

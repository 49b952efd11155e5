"""Duda's HMAC: its documented example, and every way in which a signature does not fit."""

import base64
import datetime as dt
import shutil
import subprocess

import pytest
import standardwebhooks

from apps.catalog.keys import new_app_secret
from apps.integrations.duda.signature import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    SecretError,
    is_signed,
    key_of,
    sign,
)

NOW = dt.datetime(2026, 11, 20, 14, 37, 2, 123_000, tzinfo=dt.UTC)
KEY = b"an-ascii-key-of-32-characters-ok"
BODY = b'{"site_name":"harbor-dental","free":false}'


def shown(key: bytes) -> str:
    return base64.b64encode(key).decode()


def test_the_documented_example_comes_out() -> None:
    at = dt.datetime(2019, 10, 6, 8, 24, 35, 357_000, tzinfo=dt.UTC)
    assert sign(b"{'key1':'world','key2':'world'}", key=b"mysecretsecret", at=at) == {
        "x-duda-signature": "+DCfT1wIMUiaZnlZB4u59/d5wkXKA89lv67Ov66vnyc=",
        "x-duda-signature-timestamp": "1570350275357",
    }


def test_what_we_sign_verifies() -> None:
    assert is_signed(BODY, headers=sign(BODY, key=KEY, at=NOW), key=KEY, now=NOW)


@pytest.mark.parametrize("minutes", [-5, 5])
def test_a_signature_holds_for_five_minutes(minutes: int) -> None:
    headers = sign(BODY, key=KEY, at=NOW)
    edge = NOW + dt.timedelta(minutes=minutes)
    beyond = edge + dt.timedelta(milliseconds=1 if minutes > 0 else -1)
    assert is_signed(BODY, headers=headers, key=KEY, now=edge)
    assert not is_signed(BODY, headers=headers, key=KEY, now=beyond)


@pytest.mark.parametrize(
    "spoiled",
    [
        {SIGNATURE_HEADER: ""},
        {SIGNATURE_HEADER: "é"},
        {SIGNATURE_HEADER: base64.b64encode(bytes(32)).decode()},
        {TIMESTAMP_HEADER: ""},
        {TIMESTAMP_HEADER: "soon"},
        {TIMESTAMP_HEADER: "٣"},
        {TIMESTAMP_HEADER: "9" * 400},
        {TIMESTAMP_HEADER: "1795185422124"},
    ],
)
def test_spoiled_headers_do_not_verify(spoiled: dict[str, str]) -> None:
    headers = sign(BODY, key=KEY, at=NOW) | spoiled
    assert not is_signed(BODY, headers=headers, key=KEY, now=NOW)


def test_another_body_key_or_no_header_does_not_verify() -> None:
    headers = sign(BODY, key=KEY, at=NOW)
    assert not is_signed(BODY + b" ", headers=headers, key=KEY, now=NOW)
    assert not is_signed(BODY, headers=headers, key=KEY[:-1], now=NOW)
    assert not is_signed(BODY, headers={}, key=KEY, now=NOW)


def test_the_secret_of_a_new_app_is_one_that_every_verifier_can_use() -> None:
    key = key_of(new_app_secret())
    assert len(key) == 32
    assert key.isascii()
    assert key_of(new_app_secret()) != key


def test_the_same_key_bytes_serve_standard_webhooks() -> None:
    webhook = standardwebhooks.Webhook("whsec_" + shown(KEY))
    now = dt.datetime.now(dt.UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": webhook.sign("msg_1", now, BODY.decode()),
    }
    assert webhook.verify(BODY, headers) == {"site_name": "harbor-dental", "free": False}


@pytest.mark.parametrize(
    "secret",
    ["not base64", "", shown(KEY[:23]), base64.b64encode(bytes(range(120, 152))).decode()],
)
def test_a_secret_that_no_verifier_could_use_is_refused(secret: str) -> None:
    with pytest.raises(SecretError):
        key_of(secret)


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")
def test_a_node_client_that_writes_the_body_again_verifies_it() -> None:
    script = """
        const crypto = require("crypto");
        const [secret, timestamp] = process.argv.slice(1);
        const body = JSON.stringify(JSON.parse(require("fs").readFileSync(0, "utf8")));
        const key = Buffer.from(secret, "base64").toString("utf8");
        process.stdout.write(
          crypto.createHmac("sha256", key).update(`${timestamp}.${body}`).digest("base64"));
    """
    headers = sign(BODY, key=KEY, at=NOW)
    answer = subprocess.run(
        ["node", "-e", script, shown(KEY), headers[TIMESTAMP_HEADER]],
        input=BODY,
        capture_output=True,
        check=True,
    )
    assert answer.stdout.decode() == headers[SIGNATURE_HEADER]

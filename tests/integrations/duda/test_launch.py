"""Duda's launch link: its parameters, and a signature that the public key opens again."""

import base64
import datetime as dt
import uuid
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
)

from apps.catalog.keys import KeyPair, new_key_pair
from apps.catalog.models import App
from apps.integrations.duda.launch import LaunchKeyError, secure_sig, sso_link
from apps.subscriptions.launch import LaunchSnapshot, has_launch, launch_url
from tests.factories import AppFactory, ProgramFactory

AT = dt.datetime(2026, 11, 20, 11, 0, 0, 123_000, tzinfo=dt.UTC)
USER = uuid.UUID("0b0f6a52-8d4e-4b43-9d57-0d2f6a1e6c11")
SDK = "https://marketplace.example/sdk/v1/sdk.js"
LAUNCH = "https://bookwell.example/launch"


@pytest.fixture(scope="module")
def pair() -> KeyPair:
    return new_key_pair()


def link(base: str, pair: KeyPair) -> str:
    return sso_link(
        base,
        private_key=pair.private_key,
        site_name="harbor",
        language="de-AT",
        is_white_label=False,
        editor_origin="https://marketplace.example",
        sdk_url=SDK,
        user_uuid=USER,
        at=AT,
    )


def opened(signature: str, public_key: str) -> bytes:
    """Decrypt a signature as a receiver does, by arithmetic, and take off the padding."""
    key = load_der_public_key(base64.b64decode(public_key))
    assert isinstance(key, rsa.RSAPublicKey)
    numbers = key.public_numbers()
    raw = base64.b64decode(signature, validate=True)
    assert len(raw) == key.key_size // 8
    block = pow(int.from_bytes(raw), numbers.e, numbers.n).to_bytes(len(raw))
    padding, _, message = block[2:].partition(b"\x00")
    assert block[:2] == b"\x00\x01"
    assert set(padding) == {0xFF}
    return message


def test_the_link_has_exactly_these_parameters(pair: KeyPair) -> None:
    parts = urlsplit(link(LAUNCH, pair))
    assert parts._replace(query="").geturl() == LAUNCH
    parameters = parse_qsl(parts.query, strict_parsing=True)
    assert parameters[:-1] == [
        ("site_name", "harbor"),
        ("timestamp", "1795172400123"),
        ("lang", "de-AT"),
        ("is_white_label", "false"),
        ("editor_origin", "https://marketplace.example"),
        ("sdk_url", SDK),
        ("iframeSDKSrc", SDK),
        ("current_user_uuid", str(USER)),
    ]
    name, signature = parameters[-1]
    assert name == "secure_sig"
    assert opened(signature, pair.public_key) == f"harbor:{SDK}:1795172400123".encode()


def test_a_query_that_the_address_has_is_kept(pair: KeyPair) -> None:
    parts = urlsplit(link(f"{LAUNCH}?from=store&x=1%2B1#top", pair))
    assert parts.query.startswith("from=store&x=1%2B1&site_name=harbor&")
    assert parts.fragment == "top"


def test_the_key_of_another_app_does_not_open_the_signature(pair: KeyPair) -> None:
    with pytest.raises(AssertionError):
        opened(secure_sig("harbor", private_key=pair.private_key), new_key_pair().public_key)


def test_245_bytes_are_signed_and_no_more(pair: KeyPair) -> None:
    message = "x" * 245
    signature = secure_sig(message, private_key=pair.private_key)
    assert opened(signature, pair.public_key) == message.encode()
    with pytest.raises(ValueError, match=r".+"):
        secure_sig(message + "x", private_key=pair.private_key)


def test_a_key_of_another_kind_signs_nothing() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(LaunchKeyError):
        secure_sig("harbor", private_key=pem)


@pytest.mark.django_db
def test_the_program_of_an_app_says_who_makes_its_link() -> None:
    app = AppFactory(program=ProgramFactory(plan_asks="duda"), launch_url=LAUNCH, key_pair=True)
    made = launch_url(
        LaunchSnapshot(
            app=app,
            site_name="harbor",
            language="en",
            user_uuid=USER,
            editor_origin="https://marketplace.example",
            sdk_url=SDK,
            at=AT,
        )
    )
    signature = dict(parse_qsl(urlsplit(made).query))["secure_sig"]
    assert opened(signature, app.public_key) == f"harbor:{SDK}:1795172400123".encode()


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["launch_url", "private_key", "plan_asks"])
def test_an_app_without_one_of_these_has_nothing_to_open(missing: str) -> None:
    app: App = AppFactory(
        program=ProgramFactory(plan_asks="duda"), launch_url=LAUNCH, key_pair=True
    )
    assert has_launch(app)
    setattr(app.program if missing == "plan_asks" else app, missing, "")
    assert not has_launch(app)

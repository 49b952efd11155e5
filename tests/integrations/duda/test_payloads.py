"""The bodies of Duda's callbacks, byte for byte, and what may not stand in one."""

import dataclasses
import datetime as dt
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from apps.integrations.duda.payloads import (
    ChangeSnapshot,
    InstallSnapshot,
    UninstallSnapshot,
    UnsafeBodyError,
    change_body,
    encode,
    install_body,
    milliseconds,
    uninstall_body,
)

GOLDEN = Path(__file__).parent / "payloads"
SITE = "1501ccca016a4220861ef07fe2c8eb0d"
PLAN = UUID("bd50e369-e7d4-4246-83d4-e190038e7f07")

INSTALL = InstallSnapshot(
    authorization_code="code_Kq3v",
    refresh_token="refresh_9sWd",
    expires_at=dt.datetime(2026, 11, 21, 1, 8, 51, 456_789, tzinfo=dt.UTC),
    api_endpoint="https://market.example/integrations/duda",
    installer_account_uuid=UUID("0b6f2a53-6f1f-4c80-9a0e-6a8f8f0f6f11"),
    account_owner_uuid=UUID("5d3b7a0e-2a52-4a3e-8a52-9a7a2c9f7d22"),
    user_lang="en",
    app_plan_uuid=PLAN,
    recurrency="MONTHLY",
    site_name=SITE,
    is_free=False,
)
BODIES = {
    "install": install_body(INSTALL),
    "install_free_plan": install_body(dataclasses.replace(INSTALL, recurrency=None)),
    "install_test": install_body(dataclasses.replace(INSTALL, recurrency="YEARLY", is_free=True)),
    "install_with_configuration": install_body(
        dataclasses.replace(
            INSTALL,
            user_lang="de",
            configuration_data={
                "name": "Zahnärzte am Hafen",
                "10": "zehn",
                "rooms": [3, True, None],
                "2": "zwei",
            },
        )
    ),
    "change_monthly": change_body(
        ChangeSnapshot(app_plan_uuid=PLAN, recurrency="MONTHLY", site_name=SITE)
    ),
    "change_yearly": change_body(
        ChangeSnapshot(app_plan_uuid=PLAN, recurrency="YEARLY", site_name=SITE)
    ),
    "change_to_free_plan": change_body(
        ChangeSnapshot(app_plan_uuid=PLAN, recurrency=None, site_name=SITE)
    ),
    "uninstall": uninstall_body(UninstallSnapshot(site_name=SITE, is_free=False)),
    "uninstall_test": uninstall_body(UninstallSnapshot(site_name=SITE, is_free=True)),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_the_golden_one_byte_for_byte(name: str) -> None:
    assert encode(BODIES[name]) == (GOLDEN / f"{name}.json").read_bytes()


def test_every_golden_body_is_one_that_we_send() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(BODIES)


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")
@pytest.mark.parametrize("name", BODIES)
def test_javascript_writes_a_body_as_we_did(name: str) -> None:
    script = (
        "const text = require('fs').readFileSync(0, 'utf8');"
        "process.stdout.write(JSON.stringify(JSON.parse(text)));"
    )
    sent = encode(BODIES[name])
    rewritten = subprocess.run(["node", "-e", script], input=sent, capture_output=True, check=True)
    assert rewritten.stdout == sent


def test_an_unknown_recurrency_is_not_guessed() -> None:
    with pytest.raises(KeyError):
        change_body(ChangeSnapshot(app_plan_uuid=PLAN, recurrency="ANNUAL", site_name=SITE))


def test_milliseconds_are_cut_and_never_rounded_up() -> None:
    moment = dt.datetime(2026, 11, 20, 12, 0, 0, 999_999, tzinfo=dt.UTC)
    assert milliseconds(moment) == 1795176000999


def test_text_is_sent_as_it_is_and_not_as_escapes() -> None:
    assert encode({"שם": "日本 é\u2028\n"}) == '{"שם":"日本 é\u2028\\n"}'.encode()


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (1.0, "float 1.0 at a.b[1]"),
        (float("nan"), "float nan at a.b[1]"),
        (2**53, "int 9007199254740992 at a.b[1]"),
        ({1: "x"}, "a key that is not text at a.b[1]"),
        (UUID(int=0), "UUID"),
        ("\ud800", "not valid Unicode"),
    ],
)
def test_what_a_javascript_client_would_write_otherwise_is_refused(
    value: Any, complaint: str
) -> None:
    with pytest.raises(UnsafeBodyError) as caught:
        encode({"a": {"b": [0, value]}})
    assert complaint in str(caught.value)


def test_the_largest_safe_integer_passes() -> None:
    assert json.loads(encode({"n": 2**53 - 1})) == {"n": 9007199254740991}

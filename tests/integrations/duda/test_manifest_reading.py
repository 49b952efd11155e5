"""Reading a manifest: each mistake is named with its path, and all of them at once."""

import copy
import json
import time
from typing import Any

import pytest
from pytest_django import Settings

from apps.integrations.duda.manifest import Reading, read_manifest
from apps.integrations.duda.manifest_text import MAX_BYTES, MAX_DEPTH
from tests.integrations.duda.conftest import MANIFESTS, Document

PROFILE = {"plan_name": "Only"}
PLAN = {"plan_type": "FREE", "plan_grade": 0, "plan_profiles": {"en": PROFILE}}


def errors(document: Any) -> dict[str, str]:
    """Return what is wrong with a document, by path."""
    reading = read_manifest(document)
    found = {error.path: error.message for error in reading.errors}
    assert len(found) == len(reading.errors), "a path is named twice"
    return found


def with_plan(**keys: Any) -> Document:
    return {"app_plans": [{**PLAN, **keys}]}


def with_profile(**keys: Any) -> Document:
    return with_plan(plan_profiles={"en": {**PROFILE, **keys}})


def test_the_documented_sample_is_read_once_it_stands_in_braces() -> None:
    reading = read_manifest((MANIFESTS / "documented.json").read_bytes())

    assert reading.errors == ()
    assert reading.unknown_keys == ()
    assert reading.draft is not None
    assert [plan.plan_type for plan in reading.draft.plans] == ["FREE", "PAID"]


def test_the_documented_fragment_itself_is_told_that_braces_are_missing() -> None:
    assert errors((MANIFESTS / "documented_fragment.txt").read_bytes()) == {
        "": "This is a piece of a manifest. Put it in braces: { before it and } after it."
    }


def test_a_full_manifest_is_read_without_a_word(document: Document) -> None:
    reading = read_manifest(document)

    assert reading.errors == ()
    assert reading.unknown_keys == (
        "webhooks.batch_size",
        "app_profile.en.app_screenshots[0].width",
        "app_plans[2].plan_profiles.en.tagline",
        "app_plans[2].sku_hint",
        "release_notes",
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "This is not JSON: line 1, column 1: Expecting value."),
        (b'{"app_plans": [}', "This is not JSON: line 1, column 16: Expecting value."),
        (b"\xff\xfe{}", "Byte 0 is not UTF-8 text."),
        (b'{"a": "\xc3("}', "Byte 7 is not UTF-8 text."),
        (b"[]", "A manifest is an object: { … } with app_plans in it."),
        (b'"text"', "A manifest is an object: { … } with app_plans in it."),
        (b"null", "A manifest is an object: { … } with app_plans in it."),
        (b"[" * 100_000, f"Nested more than {MAX_DEPTH} levels deep."),
        (b'{"a":' * 200 + b"1" + b"}" * 200, f"Nested more than {MAX_DEPTH} levels deep."),
    ],
)
def test_what_is_no_manifest_at_all_gets_one_clear_error(data: bytes, message: str) -> None:
    reading = read_manifest(data)

    assert [error.message for error in reading.errors] == [message]
    assert reading.draft is None or reading.errors[0].path


@pytest.mark.parametrize(
    "junk",
    [
        b"x" * 5_000_000,
        b"[" * 5_000_000,
        b'{"app_plans": [' + b"1," * 2_500_000 + b"1]}",
        json.dumps({"app_plans": [PLAN], "junk": "x" * 5_000_000}).encode(),
    ],
)
def test_five_megabytes_of_junk_are_refused_before_they_are_read(junk: bytes) -> None:
    start = time.perf_counter()

    assert errors(junk) == {"": "The document is larger than 4,000,000 bytes."}
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize(
    "junk",
    [
        b"[" * (MAX_BYTES - 1),
        b'{"app_plans": [' + b"1," * 1_900_000 + b"1]}",
        b'{"app_plans": ' + b"9" * 3_900_000 + b"}",
        b'{"app_plans": {' + b'"a":1,' * 600_000 + b'"b":2}}',
        b'{"app_plans": [{"plan_type":"FREE"}' + b',{"plan_type":"X"}' * 60_000 + b"]}",
    ],
)
def test_junk_just_within_the_limit_is_refused_in_a_few_seconds(junk: bytes) -> None:
    start = time.perf_counter()
    reading = read_manifest(junk)

    assert reading.errors
    assert time.perf_counter() - start < 10


def test_a_byte_order_mark_is_no_error() -> None:
    assert errors(b"\xef\xbb\xbf" + json.dumps({"app_plans": [PLAN]}).encode()) == {}


def test_what_a_database_could_not_keep_is_named() -> None:
    text = """{
      "app_plans": [{"plan_type": "FREE", "plan_grade": 0, "plan_profiles":
        {"en": {"plan_name": "nul \\u0000 here", "plan_features": ["\\ud800"]}}}],
      "a": NaN, "b": [-Infinity, 1e999], "c": 9223372036854775808, "d": 9223372036854775807,
      "bad\\u0000key": 1, "e": %s, "x": 1, "x": 2
    }""" % ("7" * 5000)

    assert errors(text.encode()) == {
        "x": "This key is given twice.",
        '["bad\\u0000key"]': "The text holds a NUL character or half a surrogate pair.",
        "app_plans[0].plan_profiles.en.plan_name": (
            "The text holds a NUL character or half a surrogate pair."
        ),
        "app_plans[0].plan_profiles.en.plan_features[0]": (
            "The text holds a NUL character or half a surrogate pair."
        ),
        "a": "Must be a number; NaN and Infinity are none.",
        "b[0]": "Must be a number; NaN and Infinity are none.",
        "b[1]": "Must be a number; NaN and Infinity are none.",
        "c": "The number is beyond 64 bits.",
        "e": "The number is beyond 64 bits.",
    }


def test_a_key_given_twice_deep_inside_is_named_with_its_path() -> None:
    text = json.dumps({"app_plans": [PLAN]}).replace(
        '"plan_grade": 0', '"plan_grade":0,"plan_grade":1'
    )

    assert errors(text.encode()) == {"app_plans[0].plan_grade": "This key is given twice."}


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        (with_plan(plan_grade="7"), "app_plans[0].plan_grade", "Must be a whole number."),
        (with_plan(plan_grade=True), "app_plans[0].plan_grade", "Must be a whole number."),
        (with_plan(plan_grade=1.0), "app_plans[0].plan_grade", "Must be a whole number."),
        (with_plan(plan_grade=None), "app_plans[0].plan_grade", "Must be a whole number."),
        (with_plan(plan_grade=-1), "app_plans[0].plan_grade", "Must be 0 or more."),
        (with_plan(plan_grade=2**31), "app_plans[0].plan_grade", "Must be 2147483647 or less."),
        (with_plan(is_hidden=1), "app_plans[0].is_hidden", "Must be true or false."),
        (with_plan(is_default="yes"), "app_plans[0].is_default", "Must be true or false."),
        (
            with_plan(plan_type="GRATIS"),
            "app_plans[0].plan_type",
            "Must be one of FREE, TRIAL, PAID.",
        ),
        (with_plan(plan_type=1), "app_plans[0].plan_type", "Must be text."),
        (
            with_plan(plan_uuid="12"),
            "app_plans[0].plan_uuid",
            "Must be a UUID, such as 332653a3-df51-45ce-a873-fbb0b1ccb49f.",
        ),
        (
            with_plan(plan_uuid="x" * 36),
            "app_plans[0].plan_uuid",
            "Must be a UUID, such as 332653a3-df51-45ce-a873-fbb0b1ccb49f.",
        ),
        (with_plan(plan_profiles=[]), "app_plans[0].plan_profiles", "Must be an object."),
        (with_plan(plan_profiles={"en": 1}), "app_plans[0].plan_profiles.en", "Must be an object."),
        (
            with_profile(plan_name=""),
            "app_plans[0].plan_profiles.en.plan_name",
            "Must not be blank.",
        ),
        (
            with_profile(plan_name=" "),
            "app_plans[0].plan_profiles.en.plan_name",
            "Must not be blank.",
        ),
        (with_profile(plan_name=None), "app_plans[0].plan_profiles.en.plan_name", "Must be text."),
        (
            with_profile(plan_name="x" * 101),
            "app_plans[0].plan_profiles.en.plan_name",
            "Longer than 100 characters.",
        ),
        (
            with_profile(plan_subtitle="x" * 301),
            "app_plans[0].plan_profiles.en.plan_subtitle",
            "Longer than 300 characters.",
        ),
        (
            with_profile(plan_features="one"),
            "app_plans[0].plan_profiles.en.plan_features",
            "Must be a list.",
        ),
        (
            with_profile(plan_features=["one", 2]),
            "app_plans[0].plan_profiles.en.plan_features[1]",
            "Must be text.",
        ),
        ({"app_plans": {}}, "app_plans", "Must be a list."),
        ({"app_plans": None}, "app_plans", "Must be a list."),
        ({"app_plans": ["x"]}, "app_plans[0]", "Must be an object."),
        ({"app_plans": [PLAN] * 1001}, "app_plans", "More than 1000 entries."),
        ({"app_plans": [PLAN], "uuid": 5}, "uuid", "Must be text."),
        ({"app_plans": [PLAN], "scopes": "GET_SITE"}, "scopes", "Must be a list."),
        (
            {"app_plans": [PLAN], "window_type": "POPUP"},
            "window_type",
            "Must be one of IFRAME, NEW_TAB.",
        ),
        ({"app_plans": [PLAN], "webhooks": []}, "webhooks", "Must be an object."),
        (
            {"app_plans": [PLAN], "webhooks": {"events": [1]}},
            "webhooks.events[0]",
            "Must be text.",
        ),
        (
            {"app_plans": [PLAN], "supported_locales": ["en", "xx"]},
            "supported_locales[1]",
            "Must be a registered language tag (BCP 47), such as en or pt-BR.",
        ),
    ],
)
def test_a_wrong_value_is_the_one_error_and_named(
    document: Document, path: str, message: str
) -> None:
    assert errors(document) == {path: message}


@pytest.mark.parametrize("tag", ["xx", "english", "pt_BR", "", "e", "zz-ZZ", "en US"])
def test_a_language_that_is_not_registered_is_an_error_at_its_key(tag: str) -> None:
    found = errors(with_plan(plan_profiles={"en": PROFILE, tag: {"plan_name": "Other"}}))

    key = f".{tag}" if tag.replace("-", "").replace("_", "").isalnum() else f'["{tag}"]'
    assert found == {
        f"app_plans[0].plan_profiles{key}": (
            "Must be a registered language tag (BCP 47), such as en or pt-BR."
        )
    }


@pytest.mark.parametrize(
    "tag", ["en", "pt-BR", "zh-Hant-TW", "sr-Latn", "he", "tlh", "de-1901", "EN-us", "es-419"]
)
def test_any_registered_language_is_read(tag: str) -> None:
    assert errors(with_plan(plan_profiles={tag: PROFILE})) == {}


@pytest.mark.parametrize("spelling", ["free", "Free", "FREE", "fReE"])
def test_a_plan_type_is_read_in_any_case_and_kept_in_capitals(spelling: str) -> None:
    reading = read_manifest(with_plan(plan_type=spelling))

    assert reading.draft is not None
    assert reading.draft.plans[0].plan_type == "FREE"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://app.example/install", "Must begin with https://."),
        ("ftp://app.example/install", "Must begin with https://."),
        ("javascript:alert(1)", "Must be a complete address, such as https://app.example/install."),
        ("app.example/install", "Must be a complete address, such as https://app.example/install."),
        ("https://", "Must be a complete address, such as https://app.example/install."),
        ("https://[::1/x", "Must be a complete address, such as https://app.example/install."),
        (
            "https://app.example:99999/",
            "Must be a complete address, such as https://app.example/install.",
        ),
        (
            "https://u:p@app.example/",
            "Must be a complete address, such as https://app.example/install.",
        ),
        (
            "https://app.example/a b",
            "Must be a complete address, such as https://app.example/install.",
        ),
        (
            "https://app.example/\n",
            "Must be a complete address, such as https://app.example/install.",
        ),
        ("https://app.example/" + "x" * 2000, "Longer than 2000 characters."),
    ],
)
def test_addresses_are_complete_and_https(address: str, message: str) -> None:
    document = {"app_plans": [PLAN], "installation_endpoint": address}

    assert errors(document) == {"installation_endpoint": message}


def test_every_address_of_the_manifest_is_held_to_it() -> None:
    plain = "http://app.example/"
    found = errors(
        {
            "app_plans": [PLAN],
            "installation_endpoint": plain,
            "uninstallation_endpoint": plain,
            "updowngrade_installation_endpoint": plain,
            "base_sso_url": plain,
            "webhooks": {"endpoint": plain},
            "wl_app_profile": {
                "en": {
                    "app_name": "App",
                    "app_logo": plain,
                    "public_page": plain,
                    "terms_of_service_page": plain,
                    "privacy_note_page": plain,
                    "app_screenshots": [{"image_url": plain}],
                }
            },
        }
    )

    assert set(found.values()) == {"Must begin with https://."}
    assert sorted(found) == [
        "base_sso_url",
        "installation_endpoint",
        "uninstallation_endpoint",
        "updowngrade_installation_endpoint",
        "webhooks.endpoint",
        "wl_app_profile.en.app_logo",
        "wl_app_profile.en.app_screenshots[0].image_url",
        "wl_app_profile.en.privacy_note_page",
        "wl_app_profile.en.public_page",
        "wl_app_profile.en.terms_of_service_page",
    ]


def test_plain_http_is_read_at_an_origin_that_the_settings_allow(settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED_ORIGINS = ["http://127.0.0.1:9000"]

    allowed = {"app_plans": [PLAN], "installation_endpoint": "http://127.0.0.1:9000/install"}
    other_port = {"app_plans": [PLAN], "installation_endpoint": "http://127.0.0.1:9001/install"}

    assert errors(allowed) == {}
    assert errors(other_port) == {"installation_endpoint": "Must begin with https://."}


def test_null_and_empty_clear_an_address_or_text() -> None:
    reading = read_manifest(
        {"app_plans": [PLAN], "base_sso_url": None, "installation_endpoint": "", "webhooks": None}
    )

    assert reading.errors == ()
    assert reading.draft is not None
    assert reading.draft.launch_url == ""
    assert reading.draft.install_url == ""
    assert reading.draft.site_webhook == {}


def test_the_two_spellings_of_the_default_must_agree(document: Document) -> None:
    second, unknown = document["app_plans"][1]["plan_uuid"], document["uuid"]

    def with_default(uuid: str | None, *, flag: bool | None = True) -> dict[str, str]:
        changed = copy.deepcopy(document)
        changed["default_plan_uuid"] = uuid
        if flag is None:
            del changed["app_plans"][0]["is_default"]
        else:
            changed["app_plans"][0]["is_default"] = flag
        return errors(changed)

    first = document["default_plan_uuid"]
    assert with_default(first) == {}
    assert with_default(first.upper()) == {}
    assert with_default(first, flag=None) == {}
    assert with_default(None, flag=False) == {}
    assert with_default(second) == {
        "default_plan_uuid": "It names another plan than the one that has is_default."
    }
    assert with_default(None) == {
        "default_plan_uuid": "It names no plan, but a plan has is_default."
    }
    assert with_default(first, flag=False) == {
        "default_plan_uuid": "It names a plan whose is_default is false."
    }
    assert with_default(unknown, flag=False) == {
        "default_plan_uuid": "It names none of the document's plans."
    }


def test_all_errors_come_at_once(document: Document) -> None:
    document["uuid"] = "no"
    document["is_in_beta"] = "no"
    document["installation_endpoint"] = "http://app.example"
    document["app_plans"][0]["plan_grade"] = "0"
    document["app_plans"][1]["plan_profiles"]["xx"] = {"plan_name": 5}
    document["app_plans"][1]["plan_profiles"]["ja"] = "text"
    document["app_plans"].append(7)
    document["default_plan_uuid"] = document["app_plans"][1]["plan_uuid"]

    assert sorted(errors(document)) == [
        "app_plans[0].plan_grade",
        "app_plans[1].plan_profiles.ja",
        "app_plans[1].plan_profiles.xx",
        "app_plans[1].plan_profiles.xx.plan_name",
        "app_plans[3]",
        "default_plan_uuid",
        "installation_endpoint",
        "is_in_beta",
        "uuid",
    ]


def test_keys_that_look_like_pythons_own_are_only_unknown_keys() -> None:
    odd = {"__class__": 1, "model_fields_set": 2, "model_config": 3, "": 4, "a.b": 5, "כן": 6}
    reading: Reading = read_manifest({"app_plans": [{**PLAN, **odd}]})

    assert reading.errors == ()
    assert reading.draft is not None
    assert reading.draft.plans[0].extras == odd
    assert reading.unknown_keys == (
        "app_plans[0].__class__",
        "app_plans[0].model_fields_set",
        "app_plans[0].model_config",
        'app_plans[0][""]',
        'app_plans[0]["a.b"]',
        "app_plans[0].כן",
    )

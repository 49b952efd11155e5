"""The manifest given back: golden, and importing it changes nothing."""

import json
import uuid
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Organization
from apps.catalog.models import App, Program
from apps.integrations.duda.manifest import write_manifest
from apps.integrations.duda.manifest_services import import_manifest
from tests.factories.catalog import AppFactory, PlanFactory
from tests.integrations.duda.conftest import MANIFESTS, NOW, Document, Import

LANGUAGES = ["en", "de", "pt-BR", "he", "ar", "zh-Hant", "ja", "sr-Latn"]


def test_what_was_imported_is_given_back_byte_for_byte(app: App) -> None:
    golden = (MANIFESTS / "bookwell.json").read_text()

    assert json.dumps(write_manifest(app), ensure_ascii=False, indent=2) + "\n" == golden


def test_types_are_written_in_capitals_and_the_default_in_both_spellings(
    app: App, document: Document, as_staff: Import
) -> None:
    second = document["app_plans"][1]
    second["plan_type"] = "trial"
    for plan in document["app_plans"]:
        del plan["is_default"]
    document["default_plan_uuid"] = second["plan_uuid"].upper()
    document["window_type"] = "new_tab"
    as_staff(document)

    exported = write_manifest(App.objects.get(pk=app.pk))

    assert exported["window_type"] == "NEW_TAB"
    assert exported["default_plan_uuid"] == second["plan_uuid"]
    assert [plan["plan_type"] for plan in exported["app_plans"]] == ["FREE", "TRIAL", "PAID"]
    assert [plan["is_default"] for plan in exported["app_plans"]] == [False, True, False]


def test_an_app_that_no_manifest_made_has_one_all_the_same(vendor: Organization) -> None:
    app = AppFactory(vendor=vendor, program=Program.objects.get(slug="duda"), public_key="MIIB")
    plan = PlanFactory(app=app, default=True, name="Start")

    exported = write_manifest(app)

    assert exported == {
        "uuid": str(app.uuid),
        "public_key": "MIIB",
        "installation_endpoint": "",
        "uninstallation_endpoint": "",
        "updowngrade_installation_endpoint": "",
        "base_sso_url": "",
        "scopes": [],
        "supported_locales": [],
        "required_fields": [],
        "visible_to_clients": True,
        "is_in_beta": False,
        "window_type": "IFRAME",
        "categories": [],
        "app_plans": [
            {
                "plan_uuid": str(plan.uuid),
                "plan_type": "FREE",
                "is_hidden": False,
                "is_default": True,
                "plan_grade": 0,
                "plan_profiles": {
                    "en": {
                        "plan_name": "Start",
                        "plan_subtitle": "For those who need it",
                        "plan_features": ["One thing", "<strong>Another</strong> thing"],
                    }
                },
            }
        ],
        "default_plan_uuid": str(plan.uuid),
    }
    result = import_manifest(actor=None, now=NOW, vendor=vendor, document=exported)
    assert result.applied
    assert result.changes == ()


def test_features_that_staff_edited_since_win_over_the_partners_source(
    app: App, document: Document
) -> None:
    text = app.plans.get(position=0).profiles.get(language="en")
    text.features = ["Staff's own line"]
    text.save()

    exported = write_manifest(app)

    assert exported["app_plans"][0]["plan_profiles"]["en"]["plan_features"] == ["Staff's own line"]


# --- Any manifest -------------------------------------------------------------------------------

#: Each example writes rows: to shrink one takes longer than a test may take.
QUICK = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TEXT = st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00<>&"), max_size=30
)
NAME = TEXT.filter(lambda text: bool(text.strip()))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1)
    | st.floats(min_value=-1e15, max_value=1e15)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
EXTRAS = st.dictionaries(TEXT.map(lambda key: f"x_{key}"), JSON, max_size=2)
ADDRESS = st.sampled_from(["", "https://app.example/a", "https://app.example:8443/b?c=d#e"])


@st.composite
def manifests(draw: st.DrawFn) -> Document:
    """Any manifest that is right."""
    count = draw(st.integers(1, 4))
    grades = draw(st.lists(st.integers(0, 2**31 - 1), min_size=count, max_size=count, unique=True))
    names = draw(st.lists(NAME, min_size=count, max_size=count, unique=True))
    types = draw(
        st.lists(st.sampled_from(["FREE", "TRIAL", "PAID"]), min_size=count, max_size=count)
    )
    default = draw(st.sampled_from([None, *(n for n in range(count) if types[n] != "PAID")]))
    uuids = [str(draw(st.uuids())) for _plan in range(count)]
    plans = [
        {
            **draw(EXTRAS),
            "plan_uuid": uuids[n],
            "plan_type": types[n],
            "is_hidden": draw(st.booleans()),
            "is_default": n == default,
            "plan_grade": grades[n],
            "plan_profiles": {
                language: {
                    **draw(EXTRAS),
                    "plan_name": names[n],
                    "plan_subtitle": draw(TEXT),
                    "plan_features": draw(st.lists(TEXT, max_size=3)),
                }
                for language in draw(
                    st.lists(st.sampled_from(LANGUAGES), min_size=1, max_size=3, unique=True)
                )
            },
        }
        for n in range(count)
    ]
    document = {
        **draw(EXTRAS),
        "uuid": str(uuid.uuid4()),
        "app_plans": plans,
        "default_plan_uuid": None if default is None else uuids[default],
    }
    optional: dict[str, st.SearchStrategy[Any]] = {
        "installation_endpoint": ADDRESS,
        "uninstallation_endpoint": ADDRESS,
        "updowngrade_installation_endpoint": ADDRESS,
        "base_sso_url": ADDRESS,
        "webhooks": st.fixed_dictionaries(
            {"endpoint": ADDRESS, "events": st.lists(TEXT, max_size=2)}
        ),
        "scopes": st.lists(TEXT, max_size=3),
        "supported_locales": st.lists(st.sampled_from(LANGUAGES), max_size=3),
        "required_fields": st.lists(TEXT, max_size=2),
        "categories": st.lists(TEXT, max_size=2),
        "visible_to_clients": st.booleans(),
        "is_in_beta": st.booleans(),
        "window_type": st.sampled_from(["IFRAME", "NEW_TAB"]),
        "app_profile": st.dictionaries(
            st.sampled_from(LANGUAGES),
            st.fixed_dictionaries(
                {"app_name": NAME},
                optional={
                    "app_logo": ADDRESS,
                    "app_short_description": TEXT,
                    "app_long_description": TEXT,
                    "app_screenshots": st.lists(
                        st.fixed_dictionaries({"image_url": ADDRESS, "alt_text": TEXT}), max_size=2
                    ),
                },
            ),
            max_size=2,
        ),
    }
    return document | {key: draw(made) for key, made in optional.items() if draw(st.booleans())}


@settings(QUICK, max_examples=25)
@given(data=st.data())
def test_importing_what_was_exported_changes_nothing(
    vendor: Organization, data: st.DataObject
) -> None:
    document = data.draw(manifests())
    with transaction.atomic():
        app = AppFactory(
            vendor=vendor,
            program=Program.objects.get(slug="duda"),
            uuid=document["uuid"],
            public_key="MIIB",
        )
        first = import_manifest(
            actor=None, now=NOW, vendor=vendor, document=json.dumps(document).encode()
        )
        assert first.applied, first

        app.refresh_from_db()
        exported = write_manifest(app)
        text = json.dumps(exported, ensure_ascii=False).encode()
        again = import_manifest(actor=None, now=NOW, vendor=vendor, document=text)
        asked = import_manifest(actor=None, now=NOW, vendor=vendor, document=text, as_partner=True)

        assert again.errors == ()
        assert again.changes == ()
        assert asked.is_ok
        assert {key: exported[key] for key in document if key != "app_profile"} == {
            key: document[key] for key in document if key != "app_profile"
        }
        connection.check_constraints()
        transaction.set_rollback(True)


@settings(QUICK, max_examples=20)
@given(data=st.data())
def test_any_manifest_can_follow_any_other(vendor: Organization, data: st.DataObject) -> None:
    """Plans that stay may swap whatever is unique with each other, with new ones and with old."""
    before, after = data.draw(manifests()), data.draw(manifests())
    after["uuid"] = before["uuid"]
    kept = data.draw(st.permutations([plan["plan_uuid"] for plan in before["app_plans"]]))
    for plan, plan_uuid in zip(after["app_plans"], kept, strict=False):
        if after["default_plan_uuid"] == plan["plan_uuid"]:
            after["default_plan_uuid"] = plan_uuid
        plan["plan_uuid"] = plan_uuid
    with transaction.atomic():
        AppFactory(vendor=vendor, program=Program.objects.get(slug="duda"), uuid=before["uuid"])
        for document in (before, after):
            result = import_manifest(actor=None, now=NOW, vendor=vendor, document=document)
            assert result.applied, result
        assert result.app is not None

        exported = write_manifest(App.objects.get(uuid=before["uuid"]))

        by_uuid = {plan["plan_uuid"]: plan for plan in exported["app_plans"]}
        assert by_uuid.keys() == {plan["plan_uuid"] for plan in after["app_plans"]}
        for plan in after["app_plans"]:
            given_back = by_uuid[plan["plan_uuid"]]
            assert {key: given_back[key] for key in plan if key != "plan_profiles"} == {
                key: value for key, value in plan.items() if key != "plan_profiles"
            }
            assert given_back["plan_profiles"].keys() == plan["plan_profiles"].keys()
            for language, text in plan["plan_profiles"].items():
                # More than the text where an earlier document had keys that we do not know.
                assert text.items() <= given_back["plan_profiles"][language].items()
        assert exported["default_plan_uuid"] == after["default_plan_uuid"]
        connection.check_constraints()
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", ["documented.json", "bookwell.json"])
def test_the_files_of_these_tests_are_what_they_say(name: str) -> None:
    assert json.loads((MANIFESTS / name).read_text())["app_plans"]

"""``import_manifest`` and ``export_manifest`` as they are typed."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import Organization
from apps.catalog.models import App, Plan
from apps.integrations.duda.manifest import write_manifest
from tests.factories.accounts import OrganizationFactory
from tests.integrations.duda.conftest import MANIFESTS, Document


class Run:
    """What a command printed and how it ended."""

    def __init__(self, *arguments: str) -> None:
        out, err = io.StringIO(), io.StringIO()
        self.code = 0
        try:
            call_command(*arguments, stdout=out, stderr=err)
        except CommandError as error:
            self.code = error.returncode
            err.write(f"{error}\n")
        self.out = out.getvalue().splitlines()
        self.err = err.getvalue().splitlines()


@pytest.fixture
def file(tmp_path: Path, document: Document) -> Path:
    return write(tmp_path, document)


def write(folder: Path, document: Document) -> Path:
    path = folder / "manifest.json"
    path.write_text(json.dumps(document, ensure_ascii=False))
    return path


def test_a_new_app_is_made_and_its_uuid_printed(vendor: Organization) -> None:
    run = Run("import_manifest", str(MANIFESTS / "documented.json"), "--vendor", "bookwell")

    app = App.objects.get()
    assert run.code == 0
    assert run.err == []
    assert run.out == [
        "+ uuid: New app",
        '+ app_plans[0] “First”: "FREE · 0"',
        '+ app_plans[1] “Second”: "PAID · 1"',
        (
            "note: app_plans[1]: No price is in force for this paid plan: "
            "it is not offered until staff set one."
        ),
        f"Bookwell GmbH ({app.uuid}): 3 changes applied.",
    ]
    assert app.plans.count() == 2


def test_a_dry_run_prints_the_same_and_makes_nothing(vendor: Organization) -> None:
    run = Run(
        "import_manifest", str(MANIFESTS / "documented.json"), "--vendor=bookwell", "--dry-run"
    )

    assert run.code == 0
    assert run.out[-1] == "3 changes would be applied."
    assert not App.objects.exists()


def test_the_program_is_chosen_by_its_short_name(vendor: Organization) -> None:
    sample = str(MANIFESTS / "documented.json")

    assert Run("import_manifest", sample, "--vendor=bookwell", "--program=discord").err == [
        "app_plans: The app's program allows 1 plan; here are 2.",
        "Nothing was applied.",
    ]
    assert Run("import_manifest", sample, "--vendor=bookwell", "--program=github").code == 0
    assert App.objects.get().program.slug == "github"


def test_differences_are_printed_for_people(app: App, tmp_path: Path, document: Document) -> None:
    document["app_plans"][0]["plan_grade"] = 7
    document["app_plans"][1]["plan_profiles"]["fr"] = {"plan_name": "Deuxième"}
    document["app_profile"]["en"]["app_long_description"] = "x" * 200
    document["app_plans"].pop(2)

    run = Run("import_manifest", str(write(tmp_path, document)), "--vendor=bookwell", "--dry-run")

    assert run.code == 0
    assert run.out[:4] == [
        '~ app_profile.en.app_long_description: "<p>Visitors book <strong>without a phone '
        'call</strong>.</p><ul><li>Reminders</li></ul>" → "' + "x" * 99 + "…",
        "~ app_plans[0].plan_grade “First”: 0 → 7",
        '+ app_plans[1].plan_profiles.fr “Second”: "Deuxième"',
        '- app_plans “Third”: "PAID · 2"',
    ]


def test_standard_input_is_read(
    app: App, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Input:
        buffer = io.BytesIO(json.dumps(document).encode())

    monkeypatch.setattr("sys.stdin", Input())

    run = Run("import_manifest", "-", "--vendor=bookwell")

    assert run.code == 0
    assert run.out[-1] == f"Bookwell ({app.uuid}): 0 changes applied."


def test_every_error_is_on_standard_error_and_the_exit_code_is_one(
    app: App, tmp_path: Path, document: Document
) -> None:
    document["app_plans"][0]["plan_grade"] = "0"
    document["app_plans"][1]["plan_profiles"]["en"]["plan_name"] = ""
    document["app_plans"][2]["plan_grade"] = 1

    run = Run("import_manifest", str(write(tmp_path, document)), "--vendor=bookwell")

    assert run.code == 1
    assert run.err == [
        "app_plans[0].plan_grade: Must be a whole number.",
        "app_plans[1].plan_profiles.en.plan_name: Must not be blank.",
        "app_plans[2].plan_grade: An earlier plan has this grade: “Second”.",
        "Nothing was applied.",
    ]
    assert not any(line.startswith(("+", "-", "~")) for line in run.out)


def test_what_needs_staff_is_listed_and_nothing_is_applied(
    app: App, tmp_path: Path, document: Document
) -> None:
    before = write_manifest(app)
    document["scopes"] = []
    document["app_plans"][0]["plan_grade"] = 8
    document["app_plans"].pop(2)

    run = Run(
        "import_manifest", str(write(tmp_path, document)), "--vendor=bookwell", "--as-partner"
    )

    assert run.code == 1
    assert run.err == ["scopes: needs staff", "app_plans: needs staff", "Nothing was applied."]
    assert "~ app_plans[0].plan_grade “First”: 0 → 8" in run.out
    assert write_manifest(App.objects.get(pk=app.pk)) == before


def test_a_partner_may_apply_what_is_its_own(app: App, tmp_path: Path, document: Document) -> None:
    document["app_plans"][0]["plan_grade"] = 8

    run = Run(
        "import_manifest", str(write(tmp_path, document)), "--vendor=bookwell", "--as-partner"
    )

    assert run.code == 0
    assert Plan.objects.get(app=app, position=0).grade == 8


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"x" * 5_000_000, "the document: The document is larger than 4,000,000 bytes."),
        (b"\xff", "the document: Byte 0 is not UTF-8 text."),
        (
            (MANIFESTS / "documented_fragment.txt").read_bytes(),
            (
                "the document: This is a piece of a manifest. "
                "Put it in braces: { before it and } after it."
            ),
        ),
    ],
)
def test_a_file_that_is_no_manifest_gets_one_clear_error(
    *, vendor: Organization, tmp_path: Path, content: bytes, error: str
) -> None:
    path = tmp_path / "junk.json"
    path.write_bytes(content)

    run = Run("import_manifest", str(path), "--vendor=bookwell")

    assert (run.code, run.err) == (1, [error, "Nothing was applied."])


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ["none.json", "--vendor=bookwell"],
            "none.json cannot be read: No such file or directory.",
        ),
        ([".", "--vendor=bookwell"], ". cannot be read: Is a directory."),
        (["{file}", "--vendor=nobody"], "No vendor has the short name “nobody”."),
        (["{file}", "--vendor=agency"], "No vendor has the short name “agency”."),
        (
            ["{file}", "--vendor=bookwell", "--program=none"],
            "No program has the short name “none”.",
        ),
    ],
)
def test_a_wrong_argument_is_named(
    *, vendor: Organization, file: Path, arguments: list[str], error: str
) -> None:
    OrganizationFactory(slug="agency")

    run = Run("import_manifest", *(each.replace("{file}", str(file)) for each in arguments))

    assert (run.code, run.err, run.out) == (1, [error], [])


def test_the_export_is_what_was_imported(app: App) -> None:
    run = Run("export_manifest", str(app.uuid))

    assert run.code == 0
    assert "\n".join(run.out) + "\n" == (MANIFESTS / "bookwell.json").read_text()


def test_the_export_names_an_unknown_app(vendor: Organization, document: dict[str, Any]) -> None:
    run = Run("export_manifest", document["uuid"])

    assert (run.code, run.out) == (1, [])
    assert run.err == [f"No app has the UUID {document['uuid']}."]

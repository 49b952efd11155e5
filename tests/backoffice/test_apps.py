"""Apps: their listing, their credentials, their manifest, and the history of all of it."""

import json
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import User
from apps.catalog.models import (
    App,
    AppCredential,
    AppProfile,
    CatalogManifest,
    Plan,
    PlanProfile,
    Program,
)
from apps.catalog.presets import DEFAULT_PROGRAM
from apps.core.secrets import digest
from tests.backoffice.pages import buttons, complaints, errors, filled, page, press
from tests.factories import AppFactory, OrganizationFactory, PlanFactory, PlanProfileFactory

pytestmark = pytest.mark.django_db


# --- Listing ------------------------------------------------------------------------------


def test_status_moves_by_buttons_that_fit(staff_client: Client) -> None:
    app = PlanFactory(app__draft=True).app
    status = {"publish", "suspend", "delist"}
    assert buttons(staff_client, app) & status == {"publish"}
    press(staff_client, app, "publish", reason="Reviewed.")
    assert buttons(staff_client, app) & status == {"suspend", "delist"}
    press(staff_client, app, "suspend", reason="It leaks.")
    assert buttons(staff_client, app) & status == {"publish", "delist"}
    app.refresh_from_db()
    assert app.status == App.Status.SUSPENDED


def test_the_history_says_who_moved_it_and_why(staff_client: Client, superuser: User) -> None:
    app = PlanFactory(app__draft=True).app
    press(staff_client, app, "publish", reason="Reviewed.")
    newest = App.history.filter(id=app.pk).latest()
    assert (newest.status, newest.history_user, newest.history_change_reason) == (
        App.Status.PUBLISHED,
        superuser,
        "Reviewed.",
    )
    content = staff_client.get(page(app, "history")).content.decode()
    assert "Reviewed." in content
    assert "Ines Rocha" in content


def test_an_app_without_plans_is_not_published(staff_client: Client) -> None:
    app = AppFactory(draft=True)
    answer = press(staff_client, app, "publish", reason="Hurry.")
    app.refresh_from_db()
    assert "needs at least one plan" in errors(answer)
    assert app.status == App.Status.DRAFT


def test_a_form_cannot_move_the_status(staff_client: Client) -> None:
    app = AppFactory(name="Bookwell")
    answer = staff_client.post(
        page(app), filled(staff_client, page(app), name="Bookwell 2", status="DRAFT")
    )
    app.refresh_from_db()
    assert answer.status_code == 302
    assert (app.name, app.status) == ("Bookwell 2", App.Status.PUBLISHED)


def test_an_address_without_tls_is_refused(staff_client: Client) -> None:
    app = AppFactory()
    data = filled(staff_client, page(app), install_url="http://app.example/install")
    answer = staff_client.post(page(app), data)
    assert "Use an https address." in answer.content.decode()
    app.refresh_from_db()
    assert app.install_url == ""


def test_an_old_version_is_read_and_never_written_back(staff_client: Client) -> None:
    app = PlanFactory(app__draft=True).app
    version = App.history.filter(id=app.pk).latest()
    press(staff_client, app, "publish", reason="Reviewed.")
    address = f"{page(app, 'history')}{version.history_id}/"
    assert staff_client.get(address).status_code == 200
    assert staff_client.post(address, filled(staff_client, page(app))).status_code == 403
    app.refresh_from_db()
    assert app.status == App.Status.PUBLISHED


def test_a_new_app_has_its_secret_and_keys_from_the_start(staff_client: Client) -> None:
    vendor = OrganizationFactory(vendor=True)
    program = Program.objects.get(slug=DEFAULT_PROGRAM)
    answer = staff_client.post(
        page(App, "add"),
        {"vendor": vendor.pk, "program": program.pk, "name": "Lumen", "slug": "lumen"},
    )
    app = App.objects.get(slug="lumen")
    assert answer.status_code == 302
    assert app.status == App.Status.DRAFT
    assert app.secret
    assert "PRIVATE KEY" in app.private_key
    content = staff_client.get(page(app)).content.decode()
    assert app.secret not in content
    assert "PRIVATE KEY" not in content


def test_only_vendors_have_apps(staff_client: Client) -> None:
    answer = staff_client.post(
        page(App, "add"),
        {
            "vendor": OrganizationFactory().pk,
            "program": Program.objects.get(slug=DEFAULT_PROGRAM).pk,
            "name": "Lumen",
            "slug": "lumen",
        },
    )
    assert answer.status_code == 200
    assert not App.objects.filter(slug="lumen").exists()


# --- Credentials --------------------------------------------------------------------------


def test_a_credential_is_shown_once_and_kept_as_a_digest(staff_client: Client) -> None:
    app = AppFactory()
    answer = press(staff_client, app, "issue_credential")
    row = AppCredential.objects.get(app=app)
    shown = dict(answer.context["secrets"])
    assert "no-store" in answer["Cache-Control"]
    assert digest(shown["Password"]) == row.digest
    for address in (page(row), page(AppCredential, "changelist"), page(app)):
        content = staff_client.get(address).content.decode()
        assert shown["Password"] not in content
        assert row.digest not in content


def test_rotating_shows_a_new_one_and_revokes_the_old(staff_client: Client) -> None:
    app = AppFactory()
    press(staff_client, app, "issue_credential")
    old = AppCredential.objects.get(app=app)
    answer = press(staff_client, old, "rotate")
    old.refresh_from_db()
    new = AppCredential.objects.exclude(pk=old.pk).get()
    assert old.revoked_at is not None
    assert new.revoked_at is None
    assert digest(dict(answer.context["secrets"])["Password"]) == new.digest
    assert buttons(staff_client, old) == set()


def test_revoking_a_credential(staff_client: Client) -> None:
    press(staff_client, app := AppFactory(), "issue_credential")
    row = AppCredential.objects.get(app=app)
    press(staff_client, row, "revoke")
    row.refresh_from_db()
    assert row.revoked_at is not None


# --- Plans and texts ----------------------------------------------------------------------


@pytest.fixture
def profile() -> PlanProfile:
    PlanProfile.objects.all().delete()
    row: PlanProfile = PlanFactory(monthly=4900).profiles.get()
    return row


def test_features_are_sanitised_and_their_source_is_kept(
    staff_client: Client, profile: PlanProfile, superuser: User
) -> None:
    written = '<b>5</b> calendars\n\n<p style="x">Widget</p>'
    data = filled(staff_client, page(profile.plan), **{"profiles-0-features": written})
    assert complaints(staff_client.post(page(profile.plan), data)) == []
    profile.refresh_from_db()
    assert profile.features == ["<b>5</b> calendars", "Widget"]
    assert profile.features_source == ["<b>5</b> calendars", '<p style="x">Widget</p>']
    newest = PlanProfile.history.filter(id=profile.pk).latest()
    assert newest.history_user == superuser


@pytest.mark.parametrize(
    "feature", ["<script>x()</script>", "<a href='javascript:x()'>x</a>", "<b onclick='x()'>x</b>"]
)
def test_a_script_in_a_feature_is_refused(
    feature: str, staff_client: Client, profile: PlanProfile
) -> None:
    before = profile.features
    data = filled(staff_client, page(profile.plan), **{"profiles-0-features": feature})
    answer = staff_client.post(page(profile.plan), data)
    assert "Scripts are refused" in answer.content.decode()
    profile.refresh_from_db()
    assert profile.features == before


def test_a_text_in_another_language_is_added(staff_client: Client, profile: PlanProfile) -> None:
    new = {"TOTAL_FORMS": "2", "1-plan": str(profile.plan_id), "1-language": "pt-BR"}
    data = filled(staff_client, page(profile.plan), **{f"profiles-{key}": new[key] for key in new})
    data["profiles-1-name"] = "Crescer"
    assert complaints(staff_client.post(page(profile.plan), data)) == []
    row = PlanProfile.objects.get(plan=profile.plan, language="pt-BR")
    assert (row.name, row.app) == ("Crescer", profile.plan.app)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"language": "xx-nope"}, "is not a language tag"),
        ({"name": "Taken"}, "Another plan of this app has that name in this language."),
        ({"DELETE": "on"}, "Keep a text in at least one language."),
    ],
)
def test_a_text_that_cannot_be_is_refused(
    change: dict[str, str], said: str, staff_client: Client, profile: PlanProfile
) -> None:
    other = PlanFactory(app=profile.plan.app, free=True)
    other.profiles.update(name="Taken")
    data = filled(
        staff_client, page(profile.plan), **{f"profiles-0-{key}": change[key] for key in change}
    )
    answer = staff_client.post(page(profile.plan), data)
    assert said in answer.content.decode()
    assert PlanProfile.objects.filter(pk=profile.pk, name=profile.name).exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"grade": "7"}, "Another plan of this app has this grade."),
        ({"is_default": "on"}, "The default plan must be free or a trial"),
        ({"is_default": "on", "plan_type": "FREE"}, "Another plan of this app is the default."),
    ],
)
def test_what_the_database_would_refuse_is_said_on_the_form(
    change: dict[str, str], said: str, staff_client: Client, profile: PlanProfile
) -> None:
    PlanFactory(app=profile.plan.app, free=True, grade=7, is_default=True)
    data = filled(staff_client, page(profile.plan), **change)
    answer = staff_client.post(page(profile.plan), data)
    assert answer.status_code == 200
    assert said in answer.content.decode()


def test_long_descriptions_are_sanitised(staff_client: Client) -> None:
    app = AppFactory()
    row = AppProfile.objects.create(app=app, language="en", name="Bookwell")
    written = "<p>Good</p><img src=x>"
    data = filled(staff_client, page(app), **{"profiles-0-long_description": written})
    assert complaints(staff_client.post(page(app), data)) == []
    row.refresh_from_db()
    assert row.long_description == "<p>Good</p>"
    assert row.long_description_source == written


# --- Manifest -----------------------------------------------------------------------------


def document(**changes: Any) -> dict[str, Any]:
    return {
        "uuid": str(uuid.uuid4()),
        "app_profile": {"en": {"app_name": "Lumen SEO"}},
        "app_plans": [
            {
                "plan_uuid": str(uuid.uuid4()),
                "plan_type": "FREE",
                "plan_grade": 0,
                "is_hidden": False,
                "is_default": True,
                "plan_profiles": {"en": {"plan_name": "Free", "plan_features": ["One site"]}},
            }
        ],
        **changes,
    }


@pytest.fixture
def vendor(db: None) -> Any:
    return OrganizationFactory(vendor=True)


def import_data(vendor: Any, text: str, **more: str) -> dict[str, str]:
    program = Program.objects.get(slug=DEFAULT_PROGRAM)
    return {"vendor": str(vendor.pk), "program": str(program.pk), "text": text, **more}


def test_a_manifest_is_previewed_then_applied(
    staff_client: Client, vendor: Any, superuser: User
) -> None:
    text = json.dumps(document())
    preview = staff_client.post(page(App, "import_manifest"), import_data(vendor, text))
    assert preview.status_code == 200
    assert preview.context["result"].is_ok
    assert not App.objects.filter(vendor=vendor).exists()
    confirmed = preview.context["result"].fingerprint
    assert confirmed in preview.content.decode()
    answer = staff_client.post(
        page(App, "import_manifest"), import_data(vendor, text, confirmed=confirmed)
    )
    app = App.objects.get(vendor=vendor)
    assert answer["Location"] == page(app)
    assert Plan.objects.get(app=app).history.latest().history_user == superuser
    assert CatalogManifest.objects.get(app=app).actor == superuser


def test_a_file_is_taken_like_its_text(staff_client: Client, vendor: Any) -> None:
    file = SimpleUploadedFile("m.json", json.dumps(document()).encode())
    answer = staff_client.post(
        page(App, "import_manifest"), import_data(vendor, "") | {"file": file}
    )
    assert answer.context["result"].is_ok
    assert "Lumen SEO" in answer.context["form"].initial["text"]


def test_errors_come_all_at_once_with_their_paths(staff_client: Client, vendor: Any) -> None:
    broken = document(visible_to_clients="maybe")
    broken["app_plans"][0]["plan_grade"] = "high"
    answer = staff_client.post(
        page(App, "import_manifest"), import_data(vendor, json.dumps(broken))
    )
    content = answer.content.decode()
    assert "2 errors. Nothing was applied." in content
    assert "app_plans[0].plan_grade" in content
    assert "visible_to_clients" in content
    assert "Apply" not in content
    assert not App.objects.filter(vendor=vendor).exists()


@pytest.mark.parametrize("text", ["", "   ", "not json", "[1, 2]", "{" * 3000])
def test_what_is_no_manifest_is_said(text: str, staff_client: Client, vendor: Any) -> None:
    answer = staff_client.post(page(App, "import_manifest"), import_data(vendor, text))
    assert answer.status_code == 200
    assert not App.objects.filter(vendor=vendor).exists()


def test_five_megabytes_of_junk_are_refused_plainly(staff_client: Client, vendor: Any) -> None:
    file = SimpleUploadedFile("junk.json", b"x" * (5 * 1024 * 1024))
    answer = staff_client.post(
        page(App, "import_manifest"), import_data(vendor, "") | {"file": file}
    )
    said = answer.content.decode()
    assert "larger than 2 MB" in said
    # The page is not the only way in, and the other one takes larger documents.
    assert "manage.py import_manifest" in said


def test_a_partners_rights_are_previewed_as_needs_staff(staff_client: Client, vendor: Any) -> None:
    text = json.dumps(document())
    answer = staff_client.post(
        page(App, "import_manifest"), import_data(vendor, text, as_partner="on")
    )
    content = answer.content.decode()
    assert answer.context["result"].needs_staff
    assert "needs staff" in content
    assert 'name="confirmed"' not in content


def test_a_preview_that_is_out_of_date_applies_nothing(staff_client: Client, vendor: Any) -> None:
    text = json.dumps(document())
    answer = staff_client.post(
        page(App, "import_manifest"), import_data(vendor, text, confirmed="seen something else")
    )
    assert "changed since the preview" in answer.content.decode()
    assert not App.objects.filter(vendor=vendor).exists()


def test_an_apps_page_takes_its_own_manifest_alone(staff_client: Client) -> None:
    app = AppFactory()
    answer = staff_client.post(
        page(app, "import_manifest_of_app"), {"text": json.dumps(document())}
    )
    assert f"its uuid must be {app.uuid}" in answer.content.decode()
    assert App.objects.count() == 1


def test_what_is_downloaded_imports_without_a_difference(staff_client: Client) -> None:
    plan = PlanFactory(free=True, app__name="Bookwell")
    PlanProfileFactory(plan=plan, language="de", name="Frei")
    answer = staff_client.get(page(plan.app, "export_manifest"))
    assert answer["Content-Disposition"] == f'attachment; filename="{plan.app.slug}.json"'
    preview = staff_client.post(
        page(plan.app, "import_manifest_of_app"), {"text": answer.content.decode()}
    )
    assert preview.context["result"].changes == ()
    assert preview.context["result"].errors == ()

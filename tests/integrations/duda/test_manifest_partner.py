"""What a partner may change by itself: the table of supported and unsupported updates, row by row.

Whatever needs staff is listed by its path, and then nothing of the document is applied.
"""

import copy
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.models import Organization
from apps.catalog.models import App, Plan, Price, Program
from apps.integrations.duda.manifest import write_manifest
from apps.integrations.duda.manifest_services import ManifestResult, import_manifest
from tests.factories.accounts import OrganizationFactory
from tests.integrations.duda.conftest import NOW, Document, Import

Edit = Callable[[Document], Any]


def profiles(document: Document, plan: int) -> Document:
    found: Document = document["app_plans"][plan]["plan_profiles"]
    return found


def edit_a_profile(document: Document) -> None:
    profiles(document, 0)["en"] |= {"plan_name": "New", "plan_features": ["<b>New</b>"]}


def add_a_profile(document: Document) -> None:
    profiles(document, 0)["fr"] = {"plan_name": "Premier"}


def delete_a_profile(document: Document) -> None:
    del profiles(document, 1)["ja"]


def hide_a_plan(document: Document) -> None:
    document["app_plans"][1]["is_hidden"] = True


def give_up_the_default(document: Document) -> None:
    document["app_plans"][0]["is_default"] = False
    document["default_plan_uuid"] = None


def swap_grades(document: Document) -> None:
    document["app_plans"][1]["plan_grade"], document["app_plans"][2]["plan_grade"] = 2, 1


def make_free_a_trial(document: Document) -> None:
    document["app_plans"][0]["plan_type"] = "TRIAL"


def add_a_plan(document: Document) -> None:
    new = {"plan_type": "FREE", "plan_grade": 9, "plan_profiles": {"en": {"plan_name": "Added"}}}
    document["app_plans"].append(new)


def delete_a_plan(document: Document) -> None:
    document["app_plans"].pop(2)


def change_a_plans_uuid(document: Document) -> None:
    document["app_plans"][1]["plan_uuid"] = str(uuid.uuid4())


def make_free_paid(document: Document) -> None:
    document["app_plans"][0] |= {"plan_type": "PAID", "is_default": False}
    document["default_plan_uuid"] = None


def make_paid_free(document: Document) -> None:
    document["app_plans"][1]["plan_type"] = "FREE"


def make_paid_a_trial(document: Document) -> None:
    document["app_plans"][1]["plan_type"] = "trial"


def change_scopes(document: Document) -> None:
    document["scopes"] = ["GET_SITE"]


def change_the_public_key(document: Document) -> None:
    document["public_key"] = "MIIBother"


@pytest.mark.parametrize(
    "edit",
    [
        add_a_profile,
        delete_a_profile,
        edit_a_profile,
        give_up_the_default,
        hide_a_plan,
        swap_grades,
        make_free_a_trial,
    ],
)
def test_a_supported_update_is_applied(
    app: App, document: Document, as_partner: Import, edit: Edit
) -> None:
    before = write_manifest(app)
    edit(document)

    result = as_partner(document)

    assert result.is_ok, result
    assert result.applied
    assert result.changes
    assert as_partner(document).changes == ()
    assert write_manifest(App.objects.get(pk=app.pk)) != before


@pytest.mark.parametrize(
    ("edit", "paths"),
    [
        (add_a_plan, ("app_plans[3]",)),
        (delete_a_plan, ("app_plans",)),
        (change_a_plans_uuid, ("app_plans[1].plan_uuid", "app_plans")),
        (make_free_paid, ("app_plans[0].plan_type",)),
        (make_paid_free, ("app_plans[1].plan_type",)),
        (make_paid_a_trial, ("app_plans[1].plan_type",)),
        (change_scopes, ("scopes",)),
        (change_the_public_key, ("public_key",)),
    ],
)
def test_an_unsupported_update_needs_staff_and_nothing_is_applied(
    *, app: App, document: Document, as_partner: Import, edit: Edit, paths: tuple[str, ...]
) -> None:
    before = write_manifest(app)
    edit(document)
    edit_a_profile(document)

    result = as_partner(document)

    assert result.errors == ()
    assert result.needs_staff == paths
    assert not result.is_ok
    assert not result.applied
    assert len(result.changes) > len(paths), "the partner's own change is listed too"
    assert write_manifest(App.objects.get(pk=app.pk)) == before
    assert app.manifests.count() == 1


@pytest.mark.parametrize(
    "edit",
    [
        add_a_plan,
        delete_a_plan,
        change_a_plans_uuid,
        make_free_paid,
        make_paid_free,
        make_paid_a_trial,
        change_scopes,
    ],
)
def test_staff_may_do_what_a_partner_may_not(
    app: App, document: Document, as_staff: Import, edit: Edit
) -> None:
    edit(document)

    result = as_staff(document)

    assert result.applied
    assert result.changes


@pytest.mark.parametrize("target", ["FREE", "PAID"])
def test_a_trial_cannot_be_made_free_or_paid_by_a_partner(
    *, app: App, document: Document, as_staff: Import, as_partner: Import, target: str
) -> None:
    make_free_a_trial(document)
    assert as_staff(document).applied
    document["app_plans"][0] |= {"plan_type": target, "is_default": False}
    document["default_plan_uuid"] = None

    result = as_partner(document)

    assert result.needs_staff == ("app_plans[0].plan_type",)
    assert app.plans.get(position=0).plan_type == "TRIAL"


def test_a_partner_cannot_set_a_price(app: App, document: Document, as_partner: Import) -> None:
    document["app_plans"][1]["plan_price"] = {"amount": 100, "currency": "USD"}

    result = as_partner(document)

    assert "app_plans[1].plan_price" in {notice.path for notice in result.notices}
    assert not Price.objects.exists()


def test_the_public_key_itself_may_stand_in_a_partners_document(
    app: App, document: Document, as_partner: Import
) -> None:
    assert document["public_key"] == app.public_key
    assert as_partner(document).is_ok


def test_staffs_other_public_key_is_ignored_with_a_notice(
    app: App, document: Document, as_staff: Import
) -> None:
    change_the_public_key(document)

    result = as_staff(document)

    assert result.is_ok
    assert result.changes == ()
    assert ("public_key", "Ignored: the app's key pair is made here.") in {
        (notice.path, notice.message) for notice in result.notices
    }
    assert App.objects.get(pk=app.pk).public_key == app.public_key


@pytest.mark.parametrize("known", [True, False])
def test_a_partner_does_not_make_an_app(
    *, vendor: Organization, document: Document, as_partner: Import, known: bool
) -> None:
    if not known:
        del document["uuid"]

    result = as_partner(document)

    assert result.errors == ()
    assert result.needs_staff == (
        "uuid",
        "public_key",
        "scopes",
        "app_plans[0]",
        "app_plans[1]",
        "app_plans[2]",
    )
    assert not App.objects.exists()


def test_what_the_app_itself_is_belongs_to_the_partner(
    app: App, document: Document, as_partner: Import
) -> None:
    document |= {
        "installation_endpoint": "https://new.example/install",
        "uninstallation_endpoint": "https://new.example/uninstall",
        "updowngrade_installation_endpoint": "https://new.example/change",
        "base_sso_url": "https://new.example/open",
        "webhooks": {"endpoint": "https://new.example/events", "events": []},
        "supported_locales": ["fr"],
        "required_fields": [],
        "visible_to_clients": False,
        "is_in_beta": True,
        "window_type": "NEW_TAB",
        "categories": ["SEO"],
        "app_profile": {"fr": {"app_name": "Bien réservé"}},
        "wl_app_profile": {},
        "release_notes": "new",
    }

    result = as_partner(document)

    assert result.applied
    app.refresh_from_db()
    assert app.install_url == "https://new.example/install"
    assert app.window_type == "NEW_TAB"
    assert app.is_in_beta
    assert not app.visible_to_clients
    assert [row.language for row in app.profiles.all()] == ["fr"]


def test_a_missing_key_leaves_what_is_stored_for_a_partner_too(
    app: App, document: Document, as_partner: Import
) -> None:
    plans = [{"plan_uuid": plan["plan_uuid"]} for plan in document["app_plans"]]
    before = write_manifest(app)

    result = as_partner({"uuid": document["uuid"], "app_plans": plans})

    assert result.applied
    assert write_manifest(App.objects.get(pk=app.pk)) == before


def test_a_retired_plan_is_taken_up_again_by_staff_alone(
    app: App, document: Document, as_staff: Import, as_partner: Import
) -> None:
    without = copy.deepcopy(document)
    delete_a_plan(without)
    as_staff(without)

    assert as_partner(document).needs_staff == ("app_plans[2]",)
    assert as_staff(document).applied


@pytest.mark.parametrize(
    ("edit", "right"),
    [
        (add_a_profile, "PROFILES"),
        (edit_a_profile, "PROFILES"),
        (delete_a_profile, "PROFILES"),
        (hide_a_plan, "FLAGS"),
        (give_up_the_default, "FLAGS"),
        (swap_grades, "GRADES"),
        (make_free_a_trial, "FREE_TO_TRIAL"),
    ],
)
def test_the_program_says_which_updates_are_supported(
    *, app: App, document: Document, as_partner: Import, edit: Edit, right: str
) -> None:
    edit(document)
    Program.objects.filter(pk=app.program_id).update(
        partner_edits=[each for each in Program.PartnerEdit.values if each != right]
    )
    refused: ManifestResult = as_partner(document)
    Program.objects.filter(pk=app.program_id).update(partner_edits=[right])
    taken: ManifestResult = as_partner(document)

    assert refused.needs_staff
    assert not refused.applied
    assert taken.applied


def test_no_program_lets_a_partner_make_a_plan_paid(
    app: App, document: Document, as_partner: Import
) -> None:
    Program.objects.filter(pk=app.program_id).update(
        partner_edits=[*Program.PartnerEdit.values, "PAID", "TRIAL_TO_PAID", "PLANS"]
    )
    make_free_paid(document)
    add_a_plan(document)

    assert as_partner(document).needs_staff == ("app_plans[0].plan_type", "app_plans[3]")
    assert Plan.objects.filter(app=app).count() == 3


def test_another_vendors_partner_reaches_nothing(app: App, document: Document) -> None:
    stranger = OrganizationFactory(vendor=True)
    edit_a_profile(document)

    result = import_manifest(
        actor=None, now=NOW, vendor=stranger, document=document, as_partner=True
    )

    assert [error.path for error in result.errors] == ["uuid"]
    assert result.changes == ()
    assert app.plans.get(position=0).profiles.filter(name="First").exists()

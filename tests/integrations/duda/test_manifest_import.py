"""Importing with staff's rights: what is written, what is left, and what is refused."""

import copy
import uuid
from typing import Any

import pytest

from apps.accounts.models import Organization
from apps.catalog.models import App, CatalogManifest, Plan, PlanProfile, Price, Program, Sku
from apps.integrations.duda.manifest import write_manifest
from apps.integrations.duda.manifest_services import (
    ManifestResult,
    import_manifest,
    preview_manifest,
)
from tests.factories.accounts import OrganizationFactory, UserFactory
from tests.factories.catalog import AppFactory, PriceFactory
from tests.integrations.duda.conftest import NOW, Document, Import


def errors(result: ManifestResult) -> dict[str, str]:
    found = {error.path: error.message for error in result.errors}
    assert len(found) == len(result.errors), "a path is named twice"
    return found


def notices(result: ManifestResult) -> dict[str, str]:
    return {notice.path: notice.message for notice in result.notices}


def changes(result: ManifestResult) -> dict[str, tuple[Any, Any]]:
    found = {change.path: (change.before, change.after) for change in result.changes}
    assert len(found) == len(result.changes), "a path is named twice"
    return found


def grades(app: App) -> dict[str, int]:
    """Return the live plans' grades by the plan's English name."""
    rows = PlanProfile.objects.filter(plan__app=app, plan__retired_at=None, language="en")
    return dict(rows.values_list("name", "plan__grade"))


def test_a_whole_manifest_is_stored(app: App, document: Document) -> None:
    assert app.install_url == "https://bookwell.example/duda/install"
    assert app.change_url == "https://bookwell.example/duda/change"
    assert app.uninstall_url == "https://bookwell.example/duda/uninstall"
    assert app.launch_url == "https://bookwell.example/duda/open"
    assert app.scopes == ["GET_SITE", "PUBLISH"]
    assert app.supported_locales == ["en", "de", "he", "pt-BR"]
    assert app.required_fields == ["EMAIL", "LOCATION"]
    assert app.categories == ["Booking_Events"]
    assert app.site_webhook == document["webhooks"]
    assert app.extras == {"release_notes": document["release_notes"]}
    profile = app.profiles.get(language="en", is_white_label=False)
    assert profile.name == "Bookwell"
    assert profile.screenshots == document["app_profile"]["en"]["app_screenshots"]
    assert app.profiles.get(is_white_label=True).name == "Appointments"
    plans = list(app.plans.order_by("position"))
    assert [str(plan.uuid) for plan in plans] == [
        plan["plan_uuid"] for plan in document["app_plans"]
    ]
    assert [(plan.plan_type, plan.grade) for plan in plans] == [
        ("FREE", 0),
        ("PAID", 1),
        ("PAID", 2),
    ]
    assert [plan.is_default for plan in plans] == [True, False, False]
    assert [plan.is_hidden for plan in plans] == [False, False, True]
    assert [plan.sku.slug for plan in plans] == ["first", "second", "third"]
    assert {plan.sku.kind for plan in plans} == {Sku.Kind.PLAN}
    assert plans[1].profiles.get(language="ja").name == "セカンド"
    assert plans[1].profiles.get(language="he").features == ["כל התכונות"]
    text = plans[1].profiles.get(language="en")
    assert (
        text.features_source[1]
        == '<b>More</b> than <a href="https://bookwell.example/more">that</a>'
    )
    assert text.features[1] == (
        '<b>More</b> than <a href="https://bookwell.example/more"'
        ' rel="noopener noreferrer nofollow">that</a>'
    )


def test_an_unknown_uuid_makes_the_app_under_the_duda_preset(
    vendor: Organization, document: Document, as_staff: Import
) -> None:
    result = as_staff(document)

    app = App.objects.get()
    assert result.is_ok
    assert result.applied
    assert result.app == app
    assert str(app.uuid) == document["uuid"]
    assert (app.status, app.program.slug, app.name) == ("DRAFT", "duda", "Bookwell")
    assert app.public_key.startswith("MIIBIjANBg")
    assert app.public_key != document["public_key"]
    assert notices(result)["public_key"] == "Ignored: the app's key pair is made here."
    assert app.secret


def test_without_any_uuid_app_and_plans_get_fresh_ones_and_the_vendors_name(
    vendor: Organization, as_staff: Import
) -> None:
    texts = {"en": {"plan_name": "Only"}}
    plan = {"plan_type": "paid", "plan_grade": 3, "plan_profiles": texts}

    result = as_staff({"app_plans": [plan]}, program=Program.objects.get(slug="github"))

    app = App.objects.get()
    assert result.applied
    assert (app.name, app.program.slug) == ("Bookwell GmbH", "github")
    stored = app.plans.get()
    assert (stored.plan_type, stored.grade, stored.is_default, stored.is_hidden) == (
        "PAID",
        3,
        False,
        False,
    )
    assert stored.uuid.version == 4


def test_another_program_is_for_new_apps_alone(
    app: App, document: Document, as_staff: Import
) -> None:
    result = as_staff(document, program=Program.objects.get(slug="github"))

    app.refresh_from_db()
    assert app.program.slug == "duda"
    assert notices(result)[""] == (
        "The app stays under the program “Duda”; another is for new apps."
    )


def test_importing_the_same_document_again_changes_nothing(
    app: App, document: Document, as_staff: Import
) -> None:
    history = App.history.count(), Plan.history.count(), PlanProfile.history.count()

    result = as_staff(document)

    assert result.is_ok
    assert result.applied
    assert result.changes == ()
    assert (App.history.count(), Plan.history.count(), PlanProfile.history.count()) == history
    assert CatalogManifest.objects.filter(app=app).count() == 1


def test_what_changes_is_listed_with_before_and_after(
    app: App, document: Document, as_staff: Import
) -> None:
    document["installation_endpoint"] = "https://new.example/install"
    document["scopes"] = ["GET_SITE"]
    document["app_profile"]["de"] = {"app_name": "Gutgebucht"}
    del document["app_profile"]["he"]
    document["app_plans"][0]["plan_grade"] = 5
    document["app_plans"][1]["plan_profiles"]["en"]["plan_features"] = ["New"]
    del document["app_plans"][1]["plan_profiles"]["ja"]
    document["app_plans"][2]["sku_hint"] = "BW-4"
    document["release_notes"] = None

    result = as_staff(document)

    assert result.applied
    assert changes(result) == {
        "installation_endpoint": (
            "https://bookwell.example/duda/install",
            "https://new.example/install",
        ),
        "scopes": (["GET_SITE", "PUBLISH"], ["GET_SITE"]),
        "release_notes": ({"version": 3, "text": "Kept, though nobody here knows it"}, None),
        "app_profile.de": (None, "Gutgebucht"),
        "app_profile.he": ("בוקוול", None),
        "app_plans[0].plan_grade": (0, 5),
        "app_plans[1].plan_profiles.en.plan_features": (
            ["All of First", '<b>More</b> than <a href="https://bookwell.example/more">that</a>'],
            ["New"],
        ),
        "app_plans[1].plan_profiles.ja": ("セカンド", None),
        "app_plans[2].sku_hint": ("BW-3", "BW-4"),
    }
    assert not app.profiles.filter(language="he").exists()
    assert app.plans.get(position=2).extras == {"sku_hint": "BW-4"}
    assert as_staff(document).changes == ()


def test_a_dry_run_and_a_preview_say_the_same_and_write_nothing(
    app: App, vendor: Organization, document: Document, as_staff: Import
) -> None:
    before = write_manifest(app)
    document["app_plans"][0]["plan_grade"] = 9
    del document["app_plans"][2]

    dry = as_staff(document, dry_run=True)
    preview = preview_manifest(now=NOW, vendor=vendor, document=document)

    assert dry.is_ok
    assert not dry.applied
    assert dry == preview
    assert len(dry.changes) == 2
    app.refresh_from_db()
    assert write_manifest(app) == before


def test_a_key_that_is_left_out_stays_as_it_is(
    app: App, document: Document, as_staff: Import
) -> None:
    before = write_manifest(app)
    plans = [{"plan_uuid": plan["plan_uuid"]} for plan in document["app_plans"]]

    result = as_staff({"uuid": document["uuid"], "app_plans": plans})

    assert result.applied
    assert result.changes == ()
    assert write_manifest(app) == before


def test_a_text_that_is_left_out_of_a_named_group_goes_and_of_an_unnamed_one_stays(
    app: App, document: Document, as_staff: Import
) -> None:
    plans = [{"plan_uuid": plan["plan_uuid"]} for plan in document["app_plans"]]
    plans[1]["plan_profiles"] = {"ja": {}}

    result = as_staff({"uuid": document["uuid"], "app_plans": plans})

    assert result.applied
    assert list(app.plans.get(position=1).profiles.values_list("language", "name")) == [
        ("ja", "セカンド")
    ]
    assert app.plans.get(position=0).profiles.count() == 2
    assert app.profiles.count() == 3


def test_unknown_keys_are_reported_kept_and_given_back(
    app: App, document: Document, as_staff: Import
) -> None:
    result = as_staff(document)

    assert {path for path, text in notices(result).items() if text.startswith("Unknown")} == {
        "webhooks.batch_size",
        "app_profile.en.app_screenshots[0].width",
        "app_plans[2].plan_profiles.en.tagline",
        "app_plans[2].sku_hint",
        "release_notes",
    }
    manifest = CatalogManifest.objects.get(app=app, is_current=True)
    assert manifest.document == document
    assert "release_notes" in manifest.unknown_keys
    assert write_manifest(app)["release_notes"] == document["release_notes"]


def test_the_last_document_is_kept_word_for_word_with_who_applied_it(
    app: App, vendor: Organization, document: Document
) -> None:
    actor = UserFactory(staff=True)
    document["app_plans"][1]["plan_type"] = "trial"

    import_manifest(actor=actor, now=NOW, vendor=vendor, document=document)

    current = CatalogManifest.objects.get(app=app, is_current=True)
    assert current.document["app_plans"][1]["plan_type"] == "trial"
    assert (current.actor, current.as_partner, current.applied_at) == (actor, False, NOW)
    assert CatalogManifest.objects.filter(app=app).count() == 2
    assert (
        Plan.history.filter(uuid=document["app_plans"][1]["plan_uuid"]).latest().history_user
        == actor
    )


# --- Swaps ----------------------------------------------------------------------------------


def test_two_plans_swap_their_grades(app: App, document: Document, as_staff: Import) -> None:
    document["app_plans"][0]["plan_grade"], document["app_plans"][1]["plan_grade"] = 1, 0

    assert as_staff(document).applied
    assert grades(app) == {"First": 1, "Second": 0, "Third": 2}


def test_all_plans_move_up_by_one_grade(app: App, document: Document, as_staff: Import) -> None:
    for plan in document["app_plans"]:
        plan["plan_grade"] += 1

    assert as_staff(document).applied
    assert grades(app) == {"First": 1, "Second": 2, "Third": 3}


@pytest.mark.parametrize("spelling", ["is_default", "default_plan_uuid", "both"])
def test_two_plans_swap_the_default(
    app: App, document: Document, as_staff: Import, spelling: str
) -> None:
    first, second, third = document["app_plans"]
    second["plan_type"] = "TRIAL"
    first["is_default"], second["is_default"] = False, True
    document["default_plan_uuid"] = second["plan_uuid"]
    if spelling == "is_default":
        del document["default_plan_uuid"]
    if spelling == "default_plan_uuid":
        for plan in (first, second, third):
            del plan["is_default"]

    result = as_staff(document)

    assert result.applied
    assert str(app.plans.get(is_default=True).uuid) == second["plan_uuid"]
    flag_paths = [change.path for change in result.changes if "default" in change.path]
    assert (
        flag_paths
        == {
            "is_default": ["app_plans[0].is_default", "app_plans[1].is_default"],
            "default_plan_uuid": ["default_plan_uuid", "default_plan_uuid"],
            "both": ["app_plans[0].is_default", "app_plans[1].is_default"],
        }[spelling]
    )


def test_naming_a_new_default_is_enough(app: App, document: Document, as_staff: Import) -> None:
    plans = [{"plan_uuid": plan["plan_uuid"]} for plan in document["app_plans"]]
    plans[1] |= {"plan_type": "FREE", "is_default": True}

    assert as_staff({"uuid": document["uuid"], "app_plans": plans}).applied
    assert app.plans.get(is_default=True).position == 1


def test_the_default_becomes_paid_while_another_takes_over(
    app: App, document: Document, as_staff: Import
) -> None:
    first, second, _third = document["app_plans"]
    first |= {"plan_type": "PAID", "is_default": False}
    second |= {"plan_type": "FREE", "is_default": True}
    document["default_plan_uuid"] = second["plan_uuid"]

    assert as_staff(document).applied
    assert app.plans.get(is_default=True).position == 1


def test_an_app_may_give_up_its_default(app: App, document: Document, as_staff: Import) -> None:
    document["app_plans"][0]["is_default"] = False
    document["default_plan_uuid"] = None

    assert as_staff(document).applied
    assert not app.plans.filter(is_default=True).exists()


def test_two_plans_swap_their_names(app: App, document: Document, as_staff: Import) -> None:
    first, second, _third = document["app_plans"]
    first["plan_profiles"]["en"]["plan_name"] = "Second"
    second["plan_profiles"]["en"]["plan_name"] = "First"

    assert as_staff(document).applied
    assert grades(app) == {"First": 1, "Second": 0, "Third": 2}
    assert not PlanProfile.objects.filter(app=app, is_live=False).exists()


def test_a_new_plan_takes_grade_and_name_from_one_that_goes(
    app: App, document: Document, as_staff: Import
) -> None:
    new = uuid.uuid4()
    document["app_plans"][1]["plan_uuid"] = str(new)

    result = as_staff(document)

    assert result.applied
    assert changes(result) == {
        "app_plans[1].plan_uuid": (None, "PAID · 1"),
        "app_plans": ("PAID · 1", None),
    }
    assert grades(app) == {"First": 0, "Second": 1, "Third": 2}
    assert Plan.objects.get(uuid=new).position == 3
    assert Plan.objects.get(uuid=new).sku.slug == "second-3"


# --- Adding, retiring, taking up again --------------------------------------------------------


def test_a_plan_that_staff_leave_out_is_retired_and_frees_grade_and_name(
    app: App, document: Document, as_staff: Import
) -> None:
    gone = document["app_plans"].pop(0)
    document["default_plan_uuid"] = None

    result = as_staff(document)

    assert result.applied
    assert changes(result) == {"app_plans": ("FREE · 0", None)}
    assert result.changes[0].subject == "First"
    plan = Plan.objects.get(uuid=gone["plan_uuid"])
    assert plan.retired_at == NOW
    assert not plan.is_default
    assert not plan.sku.is_available
    assert plan.profiles.count() == 2
    assert grades(app) == {"Second": 1, "Third": 2}
    assert gone["plan_uuid"] not in {each["plan_uuid"] for each in write_manifest(app)["app_plans"]}

    again = {**gone, "plan_uuid": str(uuid.uuid4()), "is_default": False}
    document["app_plans"].append(again)
    assert as_staff(document).applied
    assert grades(app) == {"First": 0, "Second": 1, "Third": 2}


def test_a_retired_plan_is_taken_up_again_by_its_uuid(
    app: App, document: Document, as_staff: Import
) -> None:
    without = copy.deepcopy(document)
    without["app_plans"].pop(2)
    as_staff(without)

    document["app_plans"][2] = {"plan_uuid": document["app_plans"][2]["plan_uuid"]}
    result = as_staff(document)

    assert result.applied
    assert [(change.kind, change.path) for change in result.changes] == [
        ("PLAN_RESTORED", "app_plans[2]")
    ]
    plan = app.plans.get(position=2)
    assert not plan.is_retired
    assert plan.sku.is_available
    assert plan.profiles.get().is_live
    assert plan.extras == {"sku_hint": "BW-3"}


def test_a_retired_plan_whose_grade_is_taken_by_now_is_an_error(
    app: App, document: Document, as_staff: Import
) -> None:
    third = document["app_plans"].pop(2)
    document["app_plans"][1]["plan_grade"] = 2
    as_staff(document)

    document["app_plans"].append({"plan_uuid": third["plan_uuid"]})

    assert errors(as_staff(document)) == {
        "app_plans[2].plan_grade": "An earlier plan has this grade: “Second”."
    }


def test_a_new_plan_must_say_what_has_no_default(
    app: App, document: Document, as_staff: Import
) -> None:
    document["app_plans"] += [{}, {"plan_uuid": str(uuid.uuid4()), "plan_profiles": {"en": {}}}]

    assert errors(as_staff(document)) == {
        "app_plans[3].plan_type": "A new plan needs this.",
        "app_plans[3].plan_grade": "A new plan needs this.",
        "app_plans[3].plan_profiles": "A plan needs its texts in at least one language.",
        "app_plans[4].plan_type": "A new plan needs this.",
        "app_plans[4].plan_grade": "A new plan needs this.",
        "app_plans[4].plan_profiles.en.plan_name": "A new text needs the plan's name.",
    }


def test_a_new_text_of_the_app_needs_its_name(
    app: App, document: Document, as_staff: Import
) -> None:
    document["app_profile"]["fr"] = {"app_short_description": "Rendez-vous en ligne."}
    document["wl_app_profile"]["fr"] = {}
    del document["app_profile"]["en"]["app_name"]

    assert errors(as_staff(document)) == {
        "app_profile.fr.app_name": "A new text needs the app's name.",
        "wl_app_profile.fr.app_name": "A new text needs the app's name.",
    }


@pytest.mark.parametrize("missing", [{}, {"app_plans": []}])
def test_an_app_needs_a_plan(
    app: App, document: Document, as_staff: Import, missing: Document
) -> None:
    result = as_staff({"uuid": document["uuid"], **missing})

    assert errors(result) == {"app_plans": "An app needs at least one plan."}
    assert app.plans.filter(retired_at=None).count() == 3


def test_a_program_may_limit_the_plans(vendor: Organization, as_staff: Import) -> None:
    github = Program.objects.get(slug="github")
    plans = [
        {"plan_type": "FREE", "plan_grade": n, "plan_profiles": {"en": {"plan_name": f"Plan {n}"}}}
        for n in range(11)
    ]

    result = as_staff({"app_plans": plans}, program=github, dry_run=True)

    assert errors(result) == {"app_plans": "The app's program allows 10 plans; here are 11."}
    assert as_staff({"app_plans": plans[:10]}, program=github, dry_run=True).is_ok


# --- Clashes ----------------------------------------------------------------------------------


def test_of_two_that_clash_the_later_is_named(
    app: App, document: Document, as_staff: Import
) -> None:
    first, second, third = document["app_plans"]
    second["plan_grade"] = 0
    third["plan_profiles"]["en"]["plan_name"] = "First"
    second |= {"plan_type": "TRIAL", "is_default": True}
    del document["default_plan_uuid"]
    document["app_plans"].append({**first, "plan_uuid": first["plan_uuid"].upper()})

    result = as_staff(document)

    assert errors(result) == {
        "app_plans[1].plan_grade": "An earlier plan has this grade: “First”.",
        "app_plans[1].is_default": (
            "An app has one default plan, and an earlier plan is it: “First”."
        ),
        "app_plans[2].plan_profiles.en.plan_name": (
            "An earlier plan has this name in the same language: “First”."
        ),
        "app_plans[3].plan_uuid": "An earlier plan has this UUID: “First”.",
    }
    assert not result.applied
    assert grades(app) == {"First": 0, "Second": 1, "Third": 2}


def test_the_same_name_in_another_language_is_no_clash(
    app: App, document: Document, as_staff: Import
) -> None:
    document["app_plans"][1]["plan_profiles"]["de"] = {"plan_name": "First"}

    assert as_staff(document).applied


def test_a_language_given_twice_in_other_capitals_is_an_error(
    app: App, document: Document, as_staff: Import
) -> None:
    document["app_plans"][0]["plan_profiles"]["EN"] = {"plan_name": "Capital"}
    document["wl_app_profile"]["En"] = {"app_name": "Capital"}

    assert errors(as_staff(document)) == {
        "app_plans[0].plan_profiles.EN": "This language is there already: capitals make no other.",
        "wl_app_profile.En": "This language is there already: capitals make no other.",
    }


def test_other_capitals_of_a_stored_language_are_the_same_text(
    app: App, document: Document, as_staff: Import
) -> None:
    profiles = document["app_plans"][0]["plan_profiles"]
    profiles["EN"] = profiles.pop("en")

    assert as_staff(document).changes == ()


def test_a_paid_default_is_an_error_where_it_is_said(
    app: App, document: Document, as_staff: Import
) -> None:
    text = "The default plan must be free or a trial: it is installed without a purchase."
    document["app_plans"][0]["plan_type"] = "PAID"
    assert errors(as_staff(document)) == {"app_plans[0].is_default": text}

    for plan in document["app_plans"]:
        del plan["is_default"]
    assert errors(as_staff(document)) == {"default_plan_uuid": text}


def test_a_stored_default_that_turns_paid_is_an_error(
    app: App, document: Document, as_staff: Import
) -> None:
    plans: list[dict[str, Any]] = [
        {"plan_uuid": plan["plan_uuid"]} for plan in document["app_plans"]
    ]
    plans[0]["plan_type"] = "PAID"

    result = as_staff({"uuid": document["uuid"], "app_plans": plans})

    assert list(errors(result)) == ["app_plans[0].is_default"]


def test_errors_of_shape_rules_and_ownership_come_together(
    app: App, document: Document, as_staff: Import
) -> None:
    foreign = AppFactory(vendor=app.vendor, name="Other")
    plan = Plan.objects.create(
        app=foreign,
        sku=Sku.objects.create(app=foreign, kind="PLAN", behaviour="SUBSCRIPTION", slug="x"),
        plan_type="FREE",
        grade=0,
        position=0,
    )
    document["window_type"] = "POPUP"
    document["app_plans"][0]["plan_type"] = 1
    document["app_plans"][1]["plan_profiles"] = {"xx": {"plan_name": "Only in no language"}}
    document["app_plans"][2]["plan_grade"] = 1
    document["app_plans"].append({**document["app_plans"][2], "plan_uuid": str(plan.uuid)})
    document["app_plans"][3]["plan_profiles"] = {
        "en": {"plan_name": "Fourth", "plan_features": ["Fine", "<script>x</script>"]}
    }
    document["app_plans"][3]["plan_grade"] = 4

    assert errors(as_staff(document)) == {
        "window_type": "Must be one of IFRAME, NEW_TAB.",
        "app_plans[0].plan_type": "Must be text.",
        "app_plans[1].plan_profiles.xx": (
            "Must be a registered language tag (BCP 47), such as en or pt-BR."
        ),
        # The earlier plan lost its texts to an error of its own, so its UUID stands for it.
        "app_plans[2].plan_grade": (
            f"An earlier plan has this grade: “{document['app_plans'][1]['plan_uuid']}”."
        ),
        "app_plans[3].plan_profiles.en.plan_features[1]": (
            "It has a <script> element. Scripts are refused."
        ),
        "app_plans[3].plan_uuid": f"This plan belongs to the app “Other”: name it, {foreign.uuid}.",
    }


def test_a_thousand_errors_are_listed_and_the_rest_counted(
    app: App, document: Document, as_staff: Import
) -> None:
    document["scopes"] = [None] * 300
    document["categories"] = [None] * 400
    document["required_fields"] = [None] * 450

    result = as_staff(document)

    assert len(result.errors) == 1001
    assert result.errors[-1].message == "And 150 more errors."


# --- Whose it is --------------------------------------------------------------------------------


def test_another_vendors_app_is_an_error_and_shows_nothing_of_it(
    app: App, document: Document
) -> None:
    stranger = OrganizationFactory(vendor=True)
    before = write_manifest(app)

    result = import_manifest(actor=None, now=NOW, vendor=stranger, document=document)

    assert errors(result) == {"uuid": "This app belongs to another vendor."}
    assert (result.changes, result.app, result.applied) == ((), None, False)
    assert write_manifest(app) == before


def test_another_vendors_plan_is_an_error_that_does_not_name_the_app(
    app: App, document: Document
) -> None:
    stranger = OrganizationFactory(vendor=True)
    del document["uuid"]

    result = import_manifest(actor=None, now=NOW, vendor=stranger, document=document)

    assert errors(result) == {
        f"app_plans[{n}].plan_uuid": "This plan belongs to another app." for n in range(3)
    }
    assert not App.objects.filter(vendor=stranger).exists()


def test_the_sample_imported_twice_says_which_app_has_its_plans(
    app: App, document: Document, as_staff: Import
) -> None:
    del document["uuid"]

    assert errors(as_staff(document))["app_plans[0].plan_uuid"] == (
        f"This plan belongs to the app “Bookwell”: name it, {app.uuid}."
    )


# --- HTML, prices, names ------------------------------------------------------------------------


def test_scripts_in_html_are_errors_that_name_the_path(
    app: App, document: Document, as_staff: Import
) -> None:
    document["app_plans"][1]["plan_profiles"]["he"]["plan_features"] = [
        "fine",
        "<b onclick=go()>x</b>",
        '<a href="javascript:go()">x</a>',
    ]
    document["app_profile"]["en"]["app_long_description"] = "<p>ok</p><script>go()</script>"

    result = as_staff(document)

    assert errors(result) == {
        "app_plans[1].plan_profiles.he.plan_features[1]": (
            "It has the event handler “onclick”. Scripts are refused."
        ),
        "app_plans[1].plan_profiles.he.plan_features[2]": (
            "It has a “javascript:” address. Scripts are refused."
        ),
        "app_profile.en.app_long_description": "It has a <script> element. Scripts are refused.",
    }
    assert not result.applied


def test_other_tags_are_kept_in_the_source_and_not_shown(
    app: App, document: Document, as_staff: Import
) -> None:
    source = '<p class="x">Fast</p> <img src="https://x.example/i.png">'
    document["app_plans"][0]["plan_profiles"]["en"]["plan_features"] = [source]

    result = as_staff(document)

    assert result.applied
    assert notices(result)["app_plans[0].plan_profiles.en.plan_features[0]"] == (
        "Not shown, only kept: <p>, <img>."
    )
    text = app.plans.get(position=0).profiles.get(language="en")
    assert (text.features, text.features_source) == (["Fast "], [source])
    exported = write_manifest(app)["app_plans"][0]["plan_profiles"]["en"]["plan_features"]
    assert exported == [source]


def test_a_paid_plan_without_a_price_in_force_is_noticed(
    app: App, document: Document, as_staff: Import
) -> None:
    text = "No price is in force for this paid plan: it is not offered until staff set one."
    second = app.plans.get(position=1)
    assert {path for path, found in notices(as_staff(document)).items() if found == text} == {
        "app_plans[1]",
        "app_plans[2]",
    }

    PriceFactory(sku=second.sku)
    assert "app_plans[1]" not in notices(as_staff(document))

    PriceFactory(sku=second.sku, withdrawn=True, starts_at=NOW)
    assert notices(as_staff(document))["app_plans[1]"] == text


def test_no_manifest_sets_a_price(app: App, document: Document, as_staff: Import) -> None:
    document["app_plans"][1] |= {"plan_price": 4900, "price": {"USD": 49}}

    result = as_staff(document)

    assert result.applied
    assert not Price.objects.exists()
    assert "app_plans[1].plan_price" in notices(result)


def test_a_trial_that_is_not_the_lowest_default_is_noticed(
    app: App, document: Document, as_staff: Import
) -> None:
    document["app_plans"][1]["plan_type"] = "TRIAL"

    result = as_staff(document)

    assert result.applied
    assert notices(result)["app_plans[1].plan_type"] == (
        "A trial is usually the default plan, with grade 0."
    )


def test_the_apps_name_follows_its_texts_until_somebody_gives_it_another(
    app: App, document: Document, as_staff: Import
) -> None:
    document["app_profile"]["en"]["app_name"] = "Bookwell 2"
    as_staff(document)
    app.refresh_from_db()
    assert app.name == "Bookwell 2"

    App.objects.filter(pk=app.pk).update(name="Staff's name")
    document["app_profile"]["en"]["app_name"] = "Bookwell 3"
    as_staff(document)
    app.refresh_from_db()
    assert app.name == "Staff's name"


def test_a_preview_that_is_out_of_date_is_not_applied(
    app: App, vendor: Organization, document: Document, as_staff: Import
) -> None:
    document["app_plans"][0]["plan_grade"] = 7
    preview = preview_manifest(now=NOW, vendor=vendor, document=document)
    Plan.objects.filter(app=app, position=0).update(grade=6)

    result = as_staff(document, confirmed=preview.fingerprint)

    assert errors(result) == {
        "": "The app changed since the preview. Nothing was applied: look again."
    }
    assert grades(app)["First"] == 6

    fresh = preview_manifest(now=NOW, vendor=vendor, document=document)
    assert as_staff(document, confirmed=fresh.fingerprint).applied
    assert grades(app)["First"] == 7


def test_what_the_database_refuses_is_told_and_nothing_is_written(
    app: App, document: Document, as_staff: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    document["app_plans"][0]["plan_grade"] = 9
    document["app_plans"][1]["plan_grade"] = 10

    def interfere(plan_writer: Any, rows: Any, wanted: Any) -> None:
        """Stand in for somebody who takes the grade between the look and the write."""
        Plan.objects.filter(app=app, position=2).update(grade=9)

    monkeypatch.setattr("apps.catalog.plan_writer.PlanWriter._make_way", interfere)
    result = as_staff(document)

    assert errors(result) == {
        "": "Somebody changed these plans just now. Nothing was applied: import it again."
    }
    assert grades(app) == {"First": 0, "Second": 1, "Third": 2}


# --- Size and scripts ---------------------------------------------------------------------------


def test_two_hundred_plans_in_three_scripts_import_and_reverse(
    app: App, document: Document, as_staff: Import
) -> None:
    document["app_plans"] = [
        {
            "plan_uuid": str(uuid.UUID(int=n + 1)),
            "plan_type": "FREE" if n == 0 else "PAID",
            "plan_grade": n,
            "is_default": n == 0,
            "plan_profiles": {
                "en": {"plan_name": f"Plan {n}", "plan_features": ["One", "<b>Two</b>"]},
                "he": {"plan_name": f"תוכנית {n}", "plan_features": ["אחת"]},
                "zh-Hant": {"plan_name": f"方案 {n}", "plan_features": ["一"]},
            },
        }
        for n in range(200)
    ]
    document["default_plan_uuid"] = str(uuid.UUID(int=1))

    assert as_staff(document).applied
    for plan in document["app_plans"]:
        plan["plan_grade"] = 199 - plan["plan_grade"]
    result = as_staff(document)

    assert result.applied
    assert len(result.changes) == 200
    assert app.plans.get(uuid=uuid.UUID(int=1)).grade == 199
    assert app.plans.filter(retired_at=None).count() == 200
    assert PlanProfile.objects.filter(plan__app=app, language="he", name="תוכנית 7").exists()
    assert as_staff(write_manifest(app)).changes == ()

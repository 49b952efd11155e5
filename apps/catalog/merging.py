"""A draft over what is stored: the app as it would be.

Pure: drafts in, a draft out.
"""

import dataclasses
from collections.abc import Mapping
from typing import Final, TypeVar
from uuid import UUID

from apps.catalog.drafts import (
    APP_FIELDS,
    APP_PROFILE_FIELDS,
    MISSING,
    PLAN_FIELDS,
    PLAN_PROFILE_FIELDS,
    AppDraft,
    AppProfileDraft,
    Missing,
    PlanDraft,
    PlanProfileDraft,
)
from apps.catalog.languages import pick_text

Profile = TypeVar("Profile", PlanProfileDraft, AppProfileDraft)
Draft = TypeVar("Draft", AppDraft, PlanDraft, PlanProfileDraft, AppProfileDraft)

BLANK_APP: Final = AppDraft(
    public_key="",
    install_url="",
    change_url="",
    uninstall_url="",
    launch_url="",
    window_type="IFRAME",
    visible_to_clients=True,
    is_in_beta=False,
    supported_locales=(),
    scopes=(),
    required_fields=(),
    categories=(),
    site_webhook={},
    profiles=(),
    white_label_profiles=(),
)
#: What a new plan or text is when the draft does not say; the rest must be said.
_NEW_PLAN: Final = PlanDraft(is_hidden=False, is_default=False)
_NEW_PLAN_PROFILE: Final = PlanProfileDraft(language="", subtitle="", features=())
_NEW_APP_PROFILE: Final = AppProfileDraft(
    language="",
    logo_url="",
    short_description="",
    long_description="",
    public_page="",
    terms_of_service_page="",
    privacy_note_page="",
    screenshots=(),
)


def merge(stored: AppDraft | None, draft: AppDraft, retired: Mapping[UUID, PlanDraft]) -> AppDraft:
    """Return the app as it would be: the draft, and what is stored where the draft says nothing.

    ``retired`` holds the retired plans that the draft names again. Of a new app, plan or text
    what has no default and is not said stays ``MISSING``: the rules name it.
    """
    base = stored or BLANK_APP
    known = {plan.uuid: plan for plan in base.plans if plan.uuid} | dict(retired)
    return dataclasses.replace(
        _overlay(base, draft, ("public_key", *APP_FIELDS)),
        uuid=base.uuid or draft.uuid,
        profiles=_merge_profiles(base.profiles, draft.profiles, _NEW_APP_PROFILE),
        white_label_profiles=_merge_profiles(
            base.white_label_profiles, draft.white_label_profiles, _NEW_APP_PROFILE
        ),
        plans=tuple(
            _merge_plan(known.get(plan.uuid, _NEW_PLAN) if plan.uuid else _NEW_PLAN, plan)
            for plan in draft.plans
        ),
    )


def app_name(app: AppDraft) -> str:
    """Return the app's name, English or its first, with its brand before without."""
    for group in (app.profiles, app.white_label_profiles):
        names = {tag: row.name for tag, row in by_language(group).items() if row.name}
        if name := pick_text({k: v for k, v in names.items() if isinstance(v, str)}, "en"):
            return name
    return ""


def plan_name(plan: PlanDraft) -> str:
    """Return the plan's name for a message: English or its first; empty where it has none."""
    if isinstance(plan.profiles, Missing):
        return ""
    names = {row.language: row.name for row in plan.profiles if isinstance(row.name, str)}
    return pick_text(names, "en") or ""


def by_language(profiles: tuple[Profile, ...] | Missing) -> dict[str, Profile]:
    """Return texts by their language in lower case, as BCP 47 compares tags."""
    if isinstance(profiles, Missing):
        return {}
    return {row.language.lower(): row for row in profiles}


def _overlay(base: Draft, top: Draft, fields: tuple[str, ...]) -> Draft:
    said = {name: getattr(top, name) for name in fields if getattr(top, name) is not MISSING}
    return dataclasses.replace(base, **said, extras={**base.extras, **top.extras})


def _merge_plan(base: PlanDraft, plan: PlanDraft) -> PlanDraft:
    return dataclasses.replace(
        _overlay(base, plan, PLAN_FIELDS),
        uuid=plan.uuid,
        profiles=_merge_profiles(base.profiles, plan.profiles, _NEW_PLAN_PROFILE),
    )


def _merge_profiles(
    base: tuple[Profile, ...] | Missing, top: tuple[Profile, ...] | Missing, blank: Profile
) -> tuple[Profile, ...] | Missing:
    if isinstance(top, Missing):
        return base
    known = by_language(base)
    fields = PLAN_PROFILE_FIELDS if isinstance(blank, PlanProfileDraft) else APP_PROFILE_FIELDS
    return tuple(
        dataclasses.replace(
            _overlay(known.get(row.language.lower(), blank), row, fields), language=row.language
        )
        for row in top
    )

"""The checked shape of a manifest to a neutral draft."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from apps.catalog.drafts import (
    APP_FIELDS,
    APP_PROFILE_FIELDS,
    PLAN_PROFILE_FIELDS,
    AppDraft,
    AppProfileDraft,
    PlanDraft,
    PlanProfileDraft,
)
from apps.integrations.duda.manifest_keys import (
    APP_KEYS,
    APP_PROFILE_KEYS,
    DEFAULT_PLAN_KEY,
    PLAN_KEYS,
    PLAN_PROFILE_KEYS,
)
from apps.integrations.duda.manifest_schema import (
    AppProfileWire,
    ManifestWire,
    PlanProfileWire,
    PlanWire,
    Wire,
)
from apps.integrations.duda.manifest_text import DocumentRemark


def app_draft(wire: ManifestWire) -> AppDraft:
    """Return the draft of a whole manifest."""
    said = wire.said({name: APP_KEYS[name] for name in ("public_key", *APP_FIELDS)})
    if "site_webhook" in said:
        said["site_webhook"] = _as_written(wire.webhooks) if wire.webhooks else {}
    for name in ("profiles", "white_label_profiles"):
        if (key := APP_KEYS[name]) in wire.model_fields_set:
            group: dict[str, AppProfileWire] = getattr(wire, key)
            said[name] = [_app_profile_draft(tag, row) for tag, row in group.items()]
    return AppDraft(
        uuid=UUID(wire.uuid) if wire.uuid else None,
        plans=tuple(_plan_drafts(wire)),
        extras=wire.unknown,
        **_frozen(said),
    )


def default_disagreements(wire: ManifestWire) -> Iterator[DocumentRemark]:
    """Yield where ``default_plan_uuid`` and the plans' own flags say different things."""
    if DEFAULT_PLAN_KEY not in wire.model_fields_set:
        return
    named = wire.default_plan_uuid
    flagged = [plan.plan_uuid for plan in wire.app_plans if plan.is_default]
    message = ""
    if named is None and flagged:
        message = _("It names no plan, but a plan has is_default.")
    elif named is not None and named not in {plan.plan_uuid for plan in wire.app_plans}:
        message = _("It names none of the document's plans.")
    elif named is not None and flagged and named not in flagged:
        message = _("It names another plan than the one that has is_default.")
    elif named is not None and named in {p.plan_uuid for p in wire.app_plans if _denies(p)}:
        message = _("It names a plan whose is_default is false.")
    if message:
        yield DocumentRemark(DEFAULT_PLAN_KEY, message)


def _plan_drafts(wire: ManifestWire) -> Iterator[PlanDraft]:
    """Yield the plans; the default, wherever it is named, as a flag of each of them."""
    named = wire.default_plan_uuid
    is_flagged = any(plan.is_default for plan in wire.app_plans)
    for plan in wire.app_plans:
        said = plan.said({name: PLAN_KEYS[name] for name in ("plan_type", "grade", "is_hidden")})
        if is_flagged or "is_default" in plan.model_fields_set:
            said["is_default"] = plan.is_default
        if not is_flagged and DEFAULT_PLAN_KEY in wire.model_fields_set:
            said["is_default"] = named is not None and plan.plan_uuid == named
        if "plan_profiles" in plan.model_fields_set:
            texts = plan.plan_profiles.items()
            said["profiles"] = [_plan_profile_draft(tag, row) for tag, row in texts]
        yield PlanDraft(
            uuid=UUID(plan.plan_uuid) if plan.plan_uuid else None,
            extras=plan.unknown,
            **_frozen(said),
        )


def _denies(plan: PlanWire) -> bool:
    return "is_default" in plan.model_fields_set and not plan.is_default


def _plan_profile_draft(language: str, wire: PlanProfileWire) -> PlanProfileDraft:
    said = wire.said({name: PLAN_PROFILE_KEYS[name] for name in PLAN_PROFILE_FIELDS})
    return PlanProfileDraft(language=language, extras=wire.unknown, **_frozen(said))


def _app_profile_draft(language: str, wire: AppProfileWire) -> AppProfileDraft:
    said = wire.said({name: APP_PROFILE_KEYS[name] for name in APP_PROFILE_FIELDS})
    if "screenshots" in said:
        said["screenshots"] = [_as_written(each) for each in wire.app_screenshots]
    return AppProfileDraft(language=language, extras=wire.unknown, **_frozen(said))


def _as_written(wire: Wire) -> dict[str, Any]:
    """Return an object that is kept as a whole, unknown keys and all."""
    return wire.model_dump(exclude_unset=True)


def _frozen(said: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}

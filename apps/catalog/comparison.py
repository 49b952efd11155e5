"""The difference between a stored app and a draft, as a list of changes.

Pure: the stored draft and the merged one (:mod:`apps.catalog.merging`) in, changes out.
"""

import dataclasses
from collections.abc import Collection, Iterator
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.catalog.drafts import (
    APP_FIELDS,
    APP_PROFILE_FIELDS,
    MISSING,
    PLAN_FIELDS,
    PLAN_PROFILE_FIELDS,
    AppDraft,
    Missing,
    Place,
    PlanDraft,
)
from apps.catalog.merging import BLANK_APP, Draft, Profile, by_language, plan_name


class ChangeKind(models.TextChoices):
    """What a change does, as far as it matters who may make it."""

    APP_ADDED = "APP_ADDED", _("New app")
    """The app does not exist yet."""
    APP_PROPERTY = "APP_PROPERTY", _("App property")
    """An address, a flag or a list of the app."""
    SCOPES = "SCOPES", _("Scopes")
    """What the app may do on a site."""
    PUBLIC_KEY = "PUBLIC_KEY", _("Public key")
    """The key is ours: it is never taken from a document."""
    APP_TEXTS = "APP_TEXTS", _("App texts")
    """The store's texts in one language."""
    PLAN_ADDED = "PLAN_ADDED", _("New plan")
    """A plan with a UUID that the app does not have."""
    PLAN_RETIRED = "PLAN_RETIRED", _("Plan retired")
    """A plan that the draft leaves out: no longer sold, kept by who holds it."""
    PLAN_RESTORED = "PLAN_RESTORED", _("Plan taken up again")
    """A retired plan that the draft names."""
    PLAN_TYPE = "PLAN_TYPE", _("Plan type")
    """FREE, TRIAL or PAID."""
    PLAN_GRADE = "PLAN_GRADE", _("Grade")
    """The plan's place in the ladder."""
    PLAN_FLAG = "PLAN_FLAG", _("Plan flag")
    """Hidden or default."""
    PLAN_TEXTS = "PLAN_TEXTS", _("Plan texts")
    """A plan's texts in one language."""
    EXTRA = "EXTRA", _("Unknown key")
    """A key that we do not know, kept for the partner."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. ``subject`` names the plan for people; ``None`` means "was not there"."""

    kind: ChangeKind
    place: Place
    before: Any
    after: Any
    subject: str = ""


_PLAN_KINDS: Final = {
    "plan_type": ChangeKind.PLAN_TYPE,
    "grade": ChangeKind.PLAN_GRADE,
    "is_hidden": ChangeKind.PLAN_FLAG,
    "is_default": ChangeKind.PLAN_FLAG,
}


def changes(
    stored: AppDraft | None, wanted: AppDraft, retired: Collection[UUID] = ()
) -> list[Change]:
    """Return what differs between the stored app and a merged draft, in the draft's order.

    ``retired`` names the retired plans that the draft takes up again.
    """
    return [
        *_app_changes(stored, wanted),
        *_plans_changes((stored or BLANK_APP).plans, wanted.plans, retired),
    ]


def _app_changes(stored: AppDraft | None, wanted: AppDraft) -> Iterator[Change]:
    base = stored or BLANK_APP
    if stored is None:
        place = Place(field="uuid")
        yield Change(kind=ChangeKind.APP_ADDED, place=place, before=None, after=wanted.uuid)
    for name in ("public_key", *APP_FIELDS):
        kind = {"public_key": ChangeKind.PUBLIC_KEY, "scopes": ChangeKind.SCOPES}.get(
            name, ChangeKind.APP_PROPERTY
        )
        yield from _difference(kind, Place(field=name), base, wanted)
    yield from _extra_changes(Place(), base, wanted)
    for group, is_white_label in (("profiles", False), ("white_label_profiles", True)):
        yield from _text_changes(
            Place(is_white_label=is_white_label),
            getattr(base, group),
            getattr(wanted, group),
            kind=ChangeKind.APP_TEXTS,
            fields=APP_PROFILE_FIELDS,
        )


def _plans_changes(
    stored: tuple[PlanDraft, ...], wanted: tuple[PlanDraft, ...], retired: Collection[UUID]
) -> Iterator[Change]:
    live = {plan.uuid: plan for plan in stored}
    left_out = live.keys() - {plan.uuid for plan in wanted}
    for position, plan in enumerate(wanted):
        if plan.uuid in live:
            yield from _plan_changes(position, live[plan.uuid], plan)
            continue
        kind = ChangeKind.PLAN_RESTORED if plan.uuid in retired else ChangeKind.PLAN_ADDED
        # One plan less and one with a strange UUID: somebody wrote another UUID.
        field = "uuid" if left_out and plan.uuid else ""
        place = Place(plan=position, field=field)
        yield Change(
            kind=kind, place=place, before=None, after=_in_short(plan), subject=plan_name(plan)
        )
    for plan in stored:
        if plan.uuid in left_out:
            yield Change(
                kind=ChangeKind.PLAN_RETIRED,
                place=Place(field="plans", plan_uuid=plan.uuid),
                before=_in_short(plan),
                after=None,
                subject=plan_name(plan),
            )


def _plan_changes(position: int, stored: PlanDraft, wanted: PlanDraft) -> Iterator[Change]:
    subject = plan_name(stored)
    for name in PLAN_FIELDS:
        place = Place(plan=position, field=name)
        yield from _difference(_PLAN_KINDS[name], place, stored, wanted, subject)
    yield from _extra_changes(Place(plan=position), stored, wanted, subject)
    yield from _text_changes(
        Place(plan=position),
        stored.profiles,
        wanted.profiles,
        kind=ChangeKind.PLAN_TEXTS,
        fields=PLAN_PROFILE_FIELDS,
        subject=subject,
    )


def _text_changes(
    place: Place,
    stored: tuple[Profile, ...] | Missing,
    wanted: tuple[Profile, ...] | Missing,
    *,
    kind: ChangeKind,
    fields: tuple[str, ...],
    subject: str = "",
) -> Iterator[Change]:
    before, after = by_language(stored), by_language(wanted)
    for tag, row in after.items():
        here = dataclasses.replace(place, language=row.language)
        if tag not in before:
            yield Change(kind=kind, place=here, before=None, after=row.name, subject=subject)
            continue
        for name in fields:
            there = dataclasses.replace(here, field=name)
            yield from _difference(kind, there, before[tag], row, subject)
        yield from _extra_changes(here, before[tag], row, subject)
    for tag, row in before.items():
        if tag not in after:
            here = dataclasses.replace(place, language=row.language)
            yield Change(kind=kind, place=here, before=row.name, after=None, subject=subject)


def _difference(
    kind: ChangeKind, place: Place, stored: Draft, wanted: Draft, subject: str = ""
) -> Iterator[Change]:
    before, after = getattr(stored, place.field), getattr(wanted, place.field)
    if before != after:
        yield Change(kind=kind, place=place, before=before, after=after, subject=subject)


def _extra_changes(
    place: Place, stored: Draft, wanted: Draft, subject: str = ""
) -> Iterator[Change]:
    for key, after in wanted.extras.items():
        if key not in stored.extras or stored.extras[key] != after:
            yield Change(
                kind=ChangeKind.EXTRA,
                place=dataclasses.replace(place, extra=key),
                before=stored.extras.get(key),
                after=after,
                subject=subject,
            )


def _in_short(plan: PlanDraft) -> str:
    parts = [str(part) for part in (plan.plan_type, plan.grade) if part is not MISSING]
    return " · ".join(parts)

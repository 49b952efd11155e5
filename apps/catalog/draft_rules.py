"""What must hold in an app that somebody wants: problems refuse a draft, notices do not.

Pure, and of two that clash the later one is named. Lengths, types and addresses are checked where
a document is read; the database holds the same rules once more.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.catalog.drafts import (
    AppDraft,
    AppProfileDraft,
    Missing,
    Place,
    PlanDraft,
    PlanProfileDraft,
    Remark,
)
from apps.catalog.features import DESCRIPTION_TAGS, HtmlFindings, findings
from apps.catalog.merging import plan_name
from apps.catalog.models import Plan


def problems(draft: AppDraft, wanted: AppDraft, *, max_plans: int | None) -> Iterator[Remark]:
    """Yield what is wrong with ``wanted``, the merged form of ``draft``."""
    if not wanted.plans:
        yield Remark(Place(field="plans"), _("An app needs at least one plan."))
    if max_plans is not None and len(wanted.plans) > max_plans:
        yield Remark(
            Place(field="plans"),
            ngettext(
                "The app's program allows %(most)s plan; here are %(count)s.",
                "The app's program allows %(most)s plans; here are %(count)s.",
                max_plans,
            )
            % {"most": max_plans, "count": len(wanted.plans)},
        )
    yield from _app_text_problems(wanted)
    yield from _clashes(wanted)
    for position, plan in enumerate(wanted.plans):
        yield from _plan_problems(position, plan)
    for place, found in _html(draft):
        for message in found.dangers:
            yield Remark(place, message)


def notices(draft: AppDraft, wanted: AppDraft) -> Iterator[Remark]:
    """Yield what the author should know although it is accepted."""
    for place, found in _html(draft):
        if found.dropped:
            yield Remark(
                place,
                _("Not shown, only kept: %(tags)s.") % {"tags": ", ".join(found.dropped)},
            )
    for position, plan in enumerate(wanted.plans):
        is_usual = plan.grade == 0 and plan.is_default
        if plan.plan_type == Plan.PlanType.TRIAL and not is_usual:
            yield Remark(
                Place(plan=position, field="plan_type"),
                _("A trial is usually the default plan, with grade 0."),
            )


def _app_text_problems(wanted: AppDraft) -> Iterator[Remark]:
    for profiles, is_white_label in (
        (wanted.profiles, False),
        (wanted.white_label_profiles, True),
    ):
        if isinstance(profiles, Missing):
            continue
        yield from _repeated_languages(profiles, Place(is_white_label=is_white_label))
        for row in profiles:
            if isinstance(row.name, Missing):
                place = Place(language=row.language, is_white_label=is_white_label, field="name")
                yield Remark(place, _("A new text needs the app's name."))


def _plan_problems(position: int, plan: PlanDraft) -> Iterator[Remark]:
    for field, value in (("plan_type", plan.plan_type), ("grade", plan.grade)):
        if isinstance(value, Missing):
            yield Remark(Place(plan=position, field=field), _("A new plan needs this."))
    if isinstance(plan.profiles, Missing) or not plan.profiles:
        yield Remark(
            Place(plan=position, field="profiles"),
            _("A plan needs its texts in at least one language."),
        )
        return
    yield from _repeated_languages(plan.profiles, Place(plan=position))
    for row in plan.profiles:
        if isinstance(row.name, Missing):
            yield Remark(
                Place(plan=position, language=row.language, field="name"),
                _("A new text needs the plan's name."),
            )
    if plan.is_default is True and plan.plan_type == Plan.PlanType.PAID:
        yield Remark(
            Place(plan=position, field="is_default"),
            _("The default plan must be free or a trial: it is installed without a purchase."),
        )


def _clashes(wanted: AppDraft) -> Iterator[Remark]:
    uuids: dict[Any, PlanDraft] = {}
    grades: dict[Any, PlanDraft] = {}
    defaults: dict[Any, PlanDraft] = {}
    names: dict[Any, PlanDraft] = {}
    for position, plan in enumerate(wanted.plans):
        if plan.uuid is not None and plan.uuid in uuids:
            yield _clash(Place(plan=position, field="uuid"), uuids[plan.uuid])
            # Whatever else it says repeats the plan that it was copied from.
            continue
        uuids[plan.uuid] = plan
        if not isinstance(plan.grade, Missing):
            if plan.grade in grades:
                yield _clash(Place(plan=position, field="grade"), grades[plan.grade])
            grades.setdefault(plan.grade, plan)
        if plan.is_default is True:
            if True in defaults:
                yield _clash(Place(plan=position, field="is_default"), defaults[True])
            defaults.setdefault(True, plan)
        for row in () if isinstance(plan.profiles, Missing) else plan.profiles:
            key = (row.language.lower(), row.name)
            if key in names and names[key] is not plan:
                place = Place(plan=position, language=row.language, field="name")
                yield _clash(place, names[key])
            names.setdefault(key, plan)


def _clash(place: Place, earlier: PlanDraft) -> Remark:
    words: Mapping[str, str] = {
        "uuid": _("An earlier plan has this UUID: “%(plan)s”."),
        "grade": _("An earlier plan has this grade: “%(plan)s”."),
        "is_default": _("An app has one default plan, and an earlier plan is it: “%(plan)s”."),
        "name": _("An earlier plan has this name in the same language: “%(plan)s”."),
    }
    return Remark(place, words[place.field] % {"plan": plan_name(earlier) or earlier.uuid})


def _repeated_languages(
    profiles: tuple[PlanProfileDraft, ...] | tuple[AppProfileDraft, ...], place: Place
) -> Iterator[Remark]:
    seen: set[str] = set()
    for row in profiles:
        if row.language.lower() in seen:
            yield Remark(
                Place(plan=place.plan, is_white_label=place.is_white_label, language=row.language),
                _("This language is there already: capitals make no other."),
            )
        seen.add(row.language.lower())


def _html(draft: AppDraft) -> Iterator[tuple[Place, HtmlFindings]]:
    for position, plan in enumerate(draft.plans):
        for row in () if isinstance(plan.profiles, Missing) else plan.profiles:
            features = () if isinstance(row.features, Missing) else row.features
            for item, source in enumerate(features):
                place = Place(plan=position, language=row.language, field="features", item=item)
                yield place, findings(source)
    for profiles, is_white_label in (
        (draft.profiles, False),
        (draft.white_label_profiles, True),
    ):
        for text in () if isinstance(profiles, Missing) else profiles:
            if not isinstance(text.long_description, Missing):
                yield (
                    Place(
                        language=text.language,
                        is_white_label=is_white_label,
                        field="long_description",
                    ),
                    findings(text.long_description, DESCRIPTION_TAGS),
                )

"""Writing an app's plans as a draft wants them, in an order that no constraint stumbles over.

Two plans may swap grades, names or the default in one document, so what is unique is moved out
of the way first and set in a second write: a plain swap fails on both databases.
"""

import dataclasses
import datetime as dt
from uuid import UUID, uuid4

from django.db.models import F, Max, Q
from django.utils.text import slugify

from apps.accounts.models import User
from apps.catalog.drafts import PlanDraft, given
from apps.catalog.features import sanitise
from apps.catalog.merging import by_language, plan_name
from apps.catalog.models import App, Plan, PlanProfile, Sku


@dataclasses.dataclass(frozen=True, slots=True)
class PlanWriter:
    """Writes the plans of one app on behalf of ``actor``, to whom the history credits it."""

    app: App
    actor: User | None
    now: dt.datetime

    def write(self, wanted: tuple[PlanDraft, ...]) -> None:
        """Make the app's live plans what ``wanted`` says, and retire the others."""
        named = {plan.uuid for plan in wanted if plan.uuid}
        rows = {
            row.uuid: row
            for row in Plan.objects.filter(app=self.app)
            .filter(Q(retired_at__isnull=True) | Q(uuid__in=named))
            .select_related("sku")
            .prefetch_related("profiles")
        }
        for row in rows.values():
            if row.uuid not in named:
                self._retire(row)
        self._make_way(rows, wanted)
        for plan in wanted:
            if plan.uuid in rows:
                self._update(rows[plan.uuid], plan)
            else:
                self._add(plan)

    def _make_way(self, rows: dict[UUID, Plan], wanted: tuple[PlanDraft, ...]) -> None:
        """Give back the grades, defaults and names that change hands."""
        pairs = [(rows[plan.uuid], plan) for plan in wanted if plan.uuid in rows]
        plans = Plan.objects.filter(app=self.app)
        plans.filter(pk__in=[row.pk for row, plan in pairs if row.grade != plan.grade]).update(
            # Positions are unique within the app and grades are not negative: no clash.
            grade=-1 - F("position")
        )
        plans.filter(pk__in=[row.pk for row, plan in pairs if not plan.is_default]).update(
            is_default=False
        )
        leaving = [
            text.pk
            for row, plan in pairs
            for text in row.profiles.all()
            if (text.language.lower(), text.name) not in _names(plan)
        ]
        PlanProfile.objects.filter(pk__in=leaving).update(is_live=False)

    def _retire(self, row: Plan) -> None:
        row.retired_at = self.now
        row.is_default = False
        self._save(row)
        PlanProfile.objects.filter(plan=row).update(is_live=False)
        Sku.objects.filter(pk=row.sku_id).update(is_available=False)

    def _add(self, plan: PlanDraft) -> None:
        taken = Plan.objects.filter(app=self.app).aggregate(last=Max("position"))["last"]
        position = 0 if taken is None else taken + 1
        row = Plan(
            app=self.app,
            sku=Sku.objects.create(
                app=self.app,
                kind=Sku.Kind.PLAN,
                behaviour=Sku.Behaviour.SUBSCRIPTION,
                slug=self._free_slug(plan, position),
            ),
            uuid=plan.uuid or uuid4(),
            plan_type=given(plan.plan_type),
            grade=given(plan.grade),
            is_hidden=given(plan.is_hidden),
            is_default=given(plan.is_default),
            position=position,
            extras=dict(plan.extras),
        )
        self._save(row)
        self._write_texts(row, plan)

    def _update(self, row: Plan, plan: PlanDraft) -> None:
        values = {
            "plan_type": given(plan.plan_type),
            "grade": given(plan.grade),
            "is_hidden": given(plan.is_hidden),
            "is_default": given(plan.is_default),
            "extras": dict(plan.extras),
            "retired_at": None,
        }
        if row.is_retired:
            Sku.objects.filter(pk=row.sku_id).update(is_available=True)
        if any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            self._save(row)
        self._write_texts(row, plan)

    def _write_texts(self, row: Plan, plan: PlanDraft) -> None:
        stored = {text.language.lower(): text for text in row.profiles.all()}
        wanted = by_language(plan.profiles)
        for tag, text in stored.items():
            if tag not in wanted:
                self._credit(text)
                text.delete()
        for tag, draft in wanted.items():
            text = stored.get(tag) or PlanProfile(plan=row, app=self.app, language=draft.language)
            features = list(given(draft.features))
            values = {
                "name": given(draft.name),
                "subtitle": given(draft.subtitle),
                "features": [sanitise(source) for source in features],
                "features_source": features,
                "extras": dict(draft.extras),
            }
            is_same = all(getattr(text, name) == value for name, value in values.items())
            if text.pk and text.is_live and is_same:
                continue
            for name, value in values.items():
                setattr(text, name, value)
            text.is_live = True
            self._save(text)

    def _save(self, row: Plan | PlanProfile) -> None:
        self._credit(row)
        row.save()

    def _credit(self, row: Plan | PlanProfile) -> None:
        """Tell simple-history who does it, as no request is there to ask."""
        row._history_user = self.actor  # type: ignore[union-attr]  # noqa: SLF001

    def _free_slug(self, plan: PlanDraft, position: int) -> str:
        slug = slugify(plan_name(plan))[:60] or f"plan-{position}"
        if Sku.objects.filter(app=self.app, slug=slug).exists():
            return f"{slug}-{position}"
        return slug


def _names(plan: PlanDraft) -> set[tuple[str, str]]:
    return {(tag, given(row.name)) for tag, row in by_language(plan.profiles).items()}

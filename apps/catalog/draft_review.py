"""What a draft would do to an app, what is wrong with it, and what only staff may do.

Reads the database and writes nothing; :mod:`apps.catalog.draft_services` decides with it.
"""

import dataclasses
import datetime as dt

from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.catalog import draft_rules
from apps.catalog.comparison import Change, ChangeKind, changes
from apps.catalog.drafts import AppDraft, Place, Remark
from apps.catalog.merging import merge
from apps.catalog.models import App, Plan, Program
from apps.catalog.partner_rights import needs_staff
from apps.catalog.presets import DEFAULT_PROGRAM
from apps.catalog.selectors import priced_plans
from apps.catalog.snapshots import retired_plans, snapshot


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DraftComparison:
    """What a draft would do to an app, and what stands against it.

    ``app`` is ``None`` while it does not exist. ``for_staff`` are the changes that the actor may
    not make; one of them, or one problem, and nothing is applied.
    """

    app: App | None
    wanted: AppDraft
    changes: tuple[Change, ...] = ()
    problems: tuple[Remark, ...] = ()
    notices: tuple[Remark, ...] = ()
    for_staff: tuple[Change, ...] = ()

    @property
    def may_apply(self) -> bool:
        """Whether the draft is sound and within the actor's rights."""
        return not self.problems and not self.for_staff


def review(
    *,
    now: dt.datetime,
    app: App | None,
    vendor: Organization,
    draft: AppDraft,
    as_partner: bool,
    program: Program | None,
) -> DraftComparison:
    """Compare ``draft`` with ``app``, which is ``None`` for a new one, and judge it."""
    if app is not None and app.vendor_id != vendor.pk:
        # Nothing of a stranger's app is compared: a difference would show what is in it.
        foreign = Remark(Place(field="uuid"), _("This app belongs to another vendor."))
        return DraftComparison(app=None, wanted=draft, problems=(foreign,))
    stored = snapshot(app) if app is not None else None
    uuids = [plan.uuid for plan in draft.plans if plan.uuid]
    retired = retired_plans(app, uuids) if app is not None else {}
    wanted = merge(stored, draft, retired)
    rules = app.program if app is not None else program or default_program()
    found = changes(stored, wanted, retired)
    notices = [*draft_rules.notices(draft, wanted), *_unpriced(app, wanted, now)]
    if not as_partner and any(change.kind == ChangeKind.PUBLIC_KEY for change in found):
        # The key pair is ours: a document that was exported elsewhere brings another's key.
        found = [change for change in found if change.kind != ChangeKind.PUBLIC_KEY]
        notices.append(
            Remark(Place(field="public_key"), _("Ignored: the app's key pair is made here."))
        )
    if app is not None and program is not None and program.pk != app.program_id:
        notices.append(
            Remark(
                Place(),
                _("The app stays under the program “%(program)s”; another is for new apps.")
                % {"program": app.program.name},
            )
        )
    return DraftComparison(
        app=app,
        wanted=wanted,
        changes=tuple(found),
        problems=(
            *draft_rules.problems(draft, wanted, max_plans=_most_plans(rules)),
            *_foreign_plans(app, vendor, draft),
        ),
        notices=tuple(notices),
        for_staff=tuple(
            change for change in found if as_partner and needs_staff(change, rules.partner_edits)
        ),
    )


def _foreign_plans(app: App | None, vendor: Organization, draft: AppDraft) -> list[Remark]:
    uuids = [plan.uuid for plan in draft.plans if plan.uuid]
    foreign = {
        plan.uuid: plan
        for plan in Plan.objects.filter(uuid__in=uuids)
        .exclude(app=app.pk if app is not None else None)
        .select_related("app")
    }
    remarks: list[Remark] = []
    for position, plan in enumerate(draft.plans):
        other = foreign.get(plan.uuid) if plan.uuid else None
        if other is None:
            continue
        message = _("This plan belongs to another app.")
        if other.app.vendor_id == vendor.pk:
            message = _("This plan belongs to the app “%(app)s”: name it, %(uuid)s.") % {
                "app": other.app.name,
                "uuid": other.app.uuid,
            }
        remarks.append(Remark(Place(plan=position, field="uuid"), message))
    return remarks


def _unpriced(app: App | None, wanted: AppDraft, now: dt.datetime) -> list[Remark]:
    priced = priced_plans(app, now) if app is not None else set()
    return [
        Remark(
            Place(plan=position),
            _("No price is in force for this paid plan: it is not offered until staff set one."),
        )
        for position, plan in enumerate(wanted.plans)
        if plan.plan_type == Plan.PlanType.PAID and plan.uuid not in priced
    ]


def _most_plans(program: Program) -> int | None:
    limits = [
        limit for limit in (program.max_plans, program.max_subscription_skus) if limit is not None
    ]
    return min(limits, default=None)


def default_program() -> Program:
    """Return the program of a new app where nobody names another."""
    return Program.objects.get(slug=DEFAULT_PROGRAM)

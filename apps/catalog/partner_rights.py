"""Which changes a partner may make to its own app, and which only marketplace staff make."""

from collections.abc import Collection
from typing import Final

from apps.catalog.comparison import Change, ChangeKind
from apps.catalog.models import Plan, Program

_STAFF_ALONE: Final = frozenset(
    {
        ChangeKind.APP_ADDED,
        ChangeKind.SCOPES,
        ChangeKind.PUBLIC_KEY,
        ChangeKind.PLAN_ADDED,
        ChangeKind.PLAN_RETIRED,
        ChangeKind.PLAN_RESTORED,
    }
)
_BY_PROGRAM: Final = {
    ChangeKind.PLAN_TEXTS: Program.PartnerEdit.PROFILES,
    ChangeKind.PLAN_FLAG: Program.PartnerEdit.FLAGS,
    ChangeKind.PLAN_GRADE: Program.PartnerEdit.GRADES,
    ChangeKind.PLAN_TYPE: Program.PartnerEdit.FREE_TO_TRIAL,
}


def needs_staff(change: Change, partner_edits: Collection[str]) -> bool:
    """Whether ``change`` is beyond a partner's rights under a program's ``partner_edits``.

    What the app itself is (addresses, texts, flags, unknown keys) is the partner's own. Of its
    plans the program says what may change; no program lets a partner make a plan paid, and what
    is not named (TRIAL to FREE, PAID to anything) is for staff.
    """
    if change.kind in _STAFF_ALONE:
        return True
    if change.kind == ChangeKind.PLAN_TYPE and (change.before, change.after) != (
        Plan.PlanType.FREE,
        Plan.PlanType.TRIAL,
    ):
        return True
    edit = _BY_PROGRAM.get(change.kind)
    return edit is not None and edit not in partner_edits

"""Importing Duda's manifest: for the command, the admin's upload page and the partner's API."""

import dataclasses
import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.catalog.comparison import Change, ChangeKind
from apps.catalog.draft_review import DraftComparison
from apps.catalog.draft_services import (
    AppChangedMeanwhileError,
    DraftSource,
    apply_draft,
    compare_draft,
)
from apps.catalog.drafts import Remark
from apps.catalog.models import App, Program
from apps.integrations.duda.manifest import Reading, read_manifest
from apps.integrations.duda.manifest_keys import path_of, path_text
from apps.integrations.duda.manifest_text import DocumentRemark

MAX_REMARKS = 1000
"""More errors than this are counted, not listed."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ManifestChange:
    """One difference between a manifest and what is live, as plain JSON values.

    ``before`` is ``None`` for what is new and ``after`` for what goes. ``subject`` is the plan's
    name, for people.
    """

    path: str
    kind: ChangeKind
    before: Any
    after: Any
    subject: str
    needs_staff: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ManifestResult:
    """What an import did, or would do.

    ``app`` is ``None`` while it does not exist. Nothing was written unless ``applied`` is true;
    that is so for a document that changes nothing, too.
    """

    app: App | None
    applied: bool
    changes: tuple[ManifestChange, ...] = ()
    errors: tuple[DocumentRemark, ...] = ()
    notices: tuple[DocumentRemark, ...] = ()

    @property
    def needs_staff(self) -> tuple[str, ...]:
        """The paths of the changes that the actor may not make, each once."""
        return tuple(dict.fromkeys(each.path for each in self.changes if each.needs_staff))

    @property
    def is_ok(self) -> bool:
        """Whether it was applied, or would be."""
        return not self.errors and not self.needs_staff

    @property
    def fingerprint(self) -> str:
        """A digest of the changes: who confirms a preview confirms these and no others."""
        return hashlib.sha256(repr(self.changes).encode(errors="backslashreplace")).hexdigest()


class _Stale(Exception):
    """Undoes the transaction; carries the result that nobody confirmed."""

    def __init__(self, result: ManifestResult) -> None:
        self.result = result


def preview_manifest(
    *,
    now: dt.datetime,
    vendor: Organization,
    document: bytes | Mapping[str, Any],
    as_partner: bool = False,
    program: Program | None = None,
) -> ManifestResult:
    """Say what importing ``document`` would do; nothing is written."""
    reading = read_manifest(document)
    return _preview(reading, now=now, vendor=vendor, as_partner=as_partner, program=program)


def import_manifest(
    *,
    actor: User | None,
    now: dt.datetime,
    vendor: Organization,
    document: bytes | Mapping[str, Any],
    as_partner: bool = False,
    dry_run: bool = False,
    program: Program | None = None,
    confirmed: str = "",
) -> ManifestResult:
    """Read ``document``, compare it with what is live and apply it whole or not at all.

    Without ``as_partner`` it has staff's rights: it may make the app, add plans and retire those
    that are left out. A key that is left out stays as it is. ``program`` is for a new app.
    ``confirmed`` is the fingerprint of a preview: where the difference is another by now, nothing
    is applied and the result says so.
    """
    reading = read_manifest(document)
    if dry_run or reading.draft is None or reading.errors:
        return _preview(reading, now=now, vendor=vendor, as_partner=as_partner, program=program)
    source = DraftSource(document=reading.document, unknown_keys=reading.unknown_keys)
    try:
        with transaction.atomic():
            found = apply_draft(
                actor=actor,
                now=now,
                vendor=vendor,
                draft=reading.draft,
                as_partner=as_partner,
                source=source,
                program=program,
            )
            result = _result(reading, found, applied=found.may_apply)
            if confirmed and result.fingerprint != confirmed:
                raise _Stale(result)
    except _Stale as stale:
        message = _("The app changed since the preview. Nothing was applied: look again.")
        return dataclasses.replace(
            stale.result,
            applied=False,
            errors=(*stale.result.errors, DocumentRemark("", message)),
        )
    except AppChangedMeanwhileError as error:
        return ManifestResult(
            app=None, applied=False, errors=(DocumentRemark("", str(error.message)),)
        )
    return result


def _preview(
    reading: Reading,
    *,
    now: dt.datetime,
    vendor: Organization,
    as_partner: bool,
    program: Program | None,
) -> ManifestResult:
    if reading.draft is None:
        return ManifestResult(app=None, applied=False, errors=_listed(reading.errors))
    found = compare_draft(
        now=now, vendor=vendor, draft=reading.draft, as_partner=as_partner, program=program
    )
    return _result(reading, found, applied=False)


def _result(reading: Reading, found: DraftComparison, *, applied: bool) -> ManifestResult:
    problems = [_remark(each, reading) for each in found.problems]
    errors = [
        *reading.errors,
        *(each for each in problems if not _is_known(each.path, reading.errors)),
    ]
    for_staff = {id(each) for each in found.for_staff}
    unknown = _("Unknown key: kept and given back, not used.")
    return ManifestResult(
        app=found.app,
        applied=applied,
        changes=tuple(
            _change(each, reading, needs_staff=id(each) in for_staff) for each in found.changes
        ),
        errors=_listed(errors),
        notices=(
            *(DocumentRemark(path, unknown) for path in reading.unknown_keys),
            *(_remark(each, reading) for each in found.notices),
        ),
    )


def _listed(errors: Sequence[DocumentRemark]) -> tuple[DocumentRemark, ...]:
    if len(errors) <= MAX_REMARKS:
        return tuple(errors)
    more = _("And %(count)s more errors.") % {"count": len(errors) - MAX_REMARKS}
    return (*errors[:MAX_REMARKS], DocumentRemark("", more))


def _change(change: Change, reading: Reading, *, needs_staff: bool) -> ManifestChange:
    return ManifestChange(
        path=path_text(path_of(change.place, reading.document)),
        kind=change.kind,
        before=_plain(change.before),
        after=_plain(change.after),
        subject=change.subject,
        needs_staff=needs_staff,
    )


def _remark(remark: Remark, reading: Reading) -> DocumentRemark:
    return DocumentRemark(path_text(path_of(remark.place, reading.document)), remark.message)


def _is_known(path: str, errors: tuple[DocumentRemark, ...]) -> bool:
    """Whether an error of the document's shape has said it already.

    What is misshapen is left out of the draft, and what is left out may be missed by the rules.
    """
    return any(
        _is_within(path, error.path)
        or (path.endswith("plan_profiles") and _is_within(error.path, path))
        for error in errors
    )


def _is_within(path: str, other: str) -> bool:
    return path == other or path.startswith((f"{other}.", f"{other}["))


def _plain(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value)
    return list(value) if isinstance(value, tuple) else value

"""Comparing an app with a draft of it, and applying the draft: whole or not at all."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.catalog.app_writer import write_app
from apps.catalog.draft_review import DraftComparison, default_program, review
from apps.catalog.drafts import AppDraft
from apps.catalog.merging import BLANK_APP, app_name
from apps.catalog.models import App, CatalogManifest, Program
from apps.catalog.plan_writer import PlanWriter
from apps.catalog.services import create_app
from apps.catalog.snapshots import snapshot
from apps.core.errors import DomainError


class AppChangedMeanwhileError(DomainError):
    """Somebody wrote to the same plans outside an import; nothing of the draft was applied."""

    code = "app_changed_meanwhile"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DraftSource:
    """The document that a draft was read from, kept word for word with what it applied."""

    document: Mapping[str, Any]
    unknown_keys: Sequence[str]


def compare_draft(
    *,
    now: dt.datetime,
    vendor: Organization,
    draft: AppDraft,
    as_partner: bool,
    program: Program | None = None,
) -> DraftComparison:
    """Compare ``draft`` with what is live; nothing is written.

    ``program`` is for a new app alone; without it that comes under the Duda preset.
    """
    app = App.objects.filter(uuid=draft.uuid).first() if draft.uuid else None
    return review(
        now=now, app=app, vendor=vendor, draft=draft, as_partner=as_partner, program=program
    )


def apply_draft(
    *,
    actor: User | None,
    now: dt.datetime,
    vendor: Organization,
    draft: AppDraft,
    as_partner: bool,
    source: DraftSource,
    program: Program | None = None,
) -> DraftComparison:
    """Compare and, if nothing stands against it, apply ``draft`` in the same transaction.

    Imports of one vendor take turns: each holds the vendor's row, so that two of them neither mix
    nor make one app twice. Returns the comparison with ``app`` set once there is one. Raises
    :class:`AppChangedMeanwhileError`.
    """
    try:
        with transaction.atomic():
            Organization.objects.select_for_update(no_key=True).get(pk=vendor.pk)
            apps = App.objects.select_for_update(no_key=True)
            app = apps.filter(uuid=draft.uuid).first() if draft.uuid else None
            found = review(
                now=now,
                app=app,
                vendor=vendor,
                draft=draft,
                as_partner=as_partner,
                program=program,
            )
            if not found.may_apply:
                return found
            if app is None:
                app = create_app(
                    vendor=vendor,
                    program=program or default_program(),
                    name=app_name(found.wanted) or vendor.name[:100],
                    uuid=draft.uuid,
                )
                stored = BLANK_APP
            else:
                stored = snapshot(app)
            if found.changes:
                write_app(app, stored, found.wanted, actor)
                PlanWriter(app, actor, now).write(found.wanted.plans)
            if found.changes or not app.manifests.exists():
                _keep_source(app=app, actor=actor, now=now, as_partner=as_partner, source=source)
    except IntegrityError as error:
        raise AppChangedMeanwhileError(
            _("Somebody changed these plans just now. Nothing was applied: import it again.")
        ) from error
    return dataclasses.replace(found, app=app)


def _keep_source(
    *, app: App, actor: User | None, now: dt.datetime, as_partner: bool, source: DraftSource
) -> None:
    app.manifests.filter(is_current=True).update(is_current=False)
    CatalogManifest.objects.create(
        app=app,
        document=source.document,
        unknown_keys=list(source.unknown_keys),
        actor=actor,
        as_partner=as_partner,
        applied_at=now,
    )

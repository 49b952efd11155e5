"""Giving and ending the right to use a SKU. Every change leaves a row that says who and why."""

import datetime as dt

from django.db import transaction

from apps.accounts.holders import Holder
from apps.accounts.models import User
from apps.catalog.models import Sku
from apps.core.modes import Mode
from apps.entitlements.models import Entitlement, EntitlementChange


def grant(
    *,
    actor: User | None,
    now: dt.datetime,
    sku: Sku,
    holder: Holder,
    source: Entitlement.Source,
    source_id: str = "",
    mode: str = Mode.LIVE,
    quantity: int = 1,
    ends_at: dt.datetime | None = None,
    reason: str = "",
    reference: str = "",
) -> Entitlement:
    """Give ``holder`` the right to use ``sku`` from ``now``, until ``ends_at`` if given."""
    with transaction.atomic():
        row = Entitlement.objects.create(
            app_id=sku.app_id,
            sku=sku,
            mode=mode,
            quantity=quantity,
            source=source,
            source_id=source_id,
            starts_at=now,
            ends_at=ends_at,
            **holder.columns(),
        )
        _note(
            row,
            EntitlementChange.Action.CREATED,
            actor=actor,
            now=now,
            reason=reason,
            reference=reference,
        )
    return row


def end(
    *,
    actor: User | None,
    now: dt.datetime,
    entitlement: Entitlement,
    reason: str = "",
    reference: str = "",
) -> bool:
    """End a right because its time ran out or another took its place.

    This is not a revocation: no delete event follows. Returns False when it was over already.
    """
    with transaction.atomic():
        ended = Entitlement.objects.filter(
            pk=entitlement.pk,
            ended_at__isnull=True,
            revoked_at__isnull=True,
            deleted_at__isnull=True,
        ).update(ended_at=now)
        if ended:
            entitlement.ended_at = now
            _note(
                entitlement,
                EntitlementChange.Action.ENDED,
                actor=actor,
                now=now,
                reason=reason,
                reference=reference,
            )
    return bool(ended)


def _note(
    entitlement: Entitlement,
    action: EntitlementChange.Action,
    *,
    actor: User | None,
    now: dt.datetime,
    reason: str,
    reference: str,
) -> None:
    EntitlementChange.objects.create(
        entitlement=entitlement,
        action=action,
        at=now,
        actor=actor,
        reason=reason,
        reference=reference,
    )

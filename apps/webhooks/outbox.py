"""The outbox: an event exists if, and only if, the change it tells of is committed."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import F

from apps.accounts.holders import Holder
from apps.catalog.models import App
from apps.core.modes import Mode
from apps.webhooks.event_types import EventType
from apps.webhooks.models import Event, EventStream


def lock_stream(app: App, holder: Holder) -> EventStream:
    """Return the stream of ``app`` and ``holder``, locked until the transaction ends.

    Call it first in a transaction that writes events: all writers of one customer then queue in
    one place, and the numbers follow the commits.
    """
    row, _created = EventStream.objects.get_or_create(app=app, **holder.columns())
    # An UPDATE takes the row on both databases; select_for_update would do nothing on SQLite.
    EventStream.objects.filter(pk=row.pk).update(last_sequence=F("last_sequence"))
    row.refresh_from_db()
    return row


def record_event(
    *,
    event_type: EventType,
    stream: EventStream,
    data: dict[str, Any],
    occurred_at: dt.datetime,
    mode: str = Mode.LIVE,
    reference: str = "",
) -> Event:
    """Write one event with its number, in the caller's transaction. Its data is frozen here.

    Raises ``RuntimeError`` outside a transaction, because there an event could be phantom.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an event is written in the transaction that makes it true")
    EventStream.objects.filter(pk=stream.pk).update(last_sequence=F("last_sequence") + 1)
    stream.refresh_from_db(fields=["last_sequence"])
    return Event.objects.create(
        type=event_type.value,
        app_id=stream.app_id,
        stream=stream,
        sequence=stream.last_sequence,
        mode=mode,
        data=data,
        reference=reference,
        occurred_at=occurred_at,
    )

"""The edge of time: the only place that asks the machine what time it is.

Services take ``now`` as a parameter. Views, tasks and commands call :func:`current_time` once
and pass it on, so that a test, or a sandbox organization's clock, can hand in another.
"""

import datetime as dt
import zoneinfo

from django.utils import timezone


def current_time() -> dt.datetime:
    """Return the present moment, aware, in UTC."""
    return timezone.now()


def local_date(moment: dt.datetime, time_zone: str) -> dt.date:
    """Return the calendar day of ``moment`` in an IANA time zone such as ``Europe/Berlin``."""
    return moment.astimezone(zoneinfo.ZoneInfo(time_zone)).date()


def start_of_day(day: dt.date, time_zone: str) -> dt.datetime:
    """Return the first moment of ``day`` in ``time_zone``, as an aware UTC datetime.

    Where the clocks skip midnight, that is the first moment that exists: ``fold=0`` of a missing
    local time maps to the instant of the jump.
    """
    local = dt.datetime.combine(day, dt.time.min, tzinfo=zoneinfo.ZoneInfo(time_zone))
    return local.astimezone(dt.UTC)

"""Filters of lists."""

import datetime as dt

from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import RangeDateFilter

from apps.core.clock import start_of_day


class DayRangeFilter(RangeDateFilter):
    """Rows of the days from one to another, both included, in the active time zone.

    Unfold's own compares moments with days, which leaves out the last day but for midnight.
    """

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[models.Model]
    ) -> models.QuerySet[models.Model]:
        """Return the rows between the first moment of the one day and the last of the other."""
        zone = timezone.get_current_timezone_name()
        first = _day(self.used_parameters.get(f"{self.parameter_name}_from"))
        last = _day(self.used_parameters.get(f"{self.parameter_name}_to"))
        if first is not None:
            queryset = queryset.filter(**{f"{self.field_path}__gte": start_of_day(first, zone)})
        if last is not None:
            day_after = start_of_day(last + dt.timedelta(days=1), zone)
            queryset = queryset.filter(**{f"{self.field_path}__lt": day_after})
        return queryset


def _day(text: str | None) -> dt.date | None:
    """Read ``2026-11-20``; anything else is no day, as the calendar on the page writes no other."""
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return None

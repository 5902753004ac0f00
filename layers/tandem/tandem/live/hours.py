"""Working hours: is a tier there now, and when will it be again?"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tandem.live.policy import WEEKDAYS, WorkingHours

_HORIZON_DAYS = 31


def is_open(hours: WorkingHours | None, now: datetime) -> bool:
    """Whether somebody is there at `now` (timezone-aware). No hours given: always."""
    if hours is None:
        return True
    local = now.astimezone(ZoneInfo(hours.timezone))
    return any(start <= local < end for start, end in _intervals(hours, local))


def next_opening(hours: WorkingHours | None, now: datetime) -> datetime | None:
    """The first moment from `now` on when somebody is there, in the tier's time zone.

    None if there is none within a month.
    """
    zone = ZoneInfo(hours.timezone) if hours else None
    local = now.astimezone(zone)
    if hours is None or is_open(hours, now):
        return local
    for ahead in range(_HORIZON_DAYS):
        day = local + timedelta(days=ahead)
        starts = [start for start, _ in _intervals(hours, day) if start > local]
        if starts:
            # In the hour that comes twice, an opening still to come is in the second one, too.
            return min(starts).replace(fold=local.fold if ahead == 0 else 0)
    return None


def _intervals(hours: WorkingHours, day: datetime) -> list[tuple[datetime, datetime]]:
    if day.date() in hours.holidays:
        return []
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    intervals = []
    for interval in hours.days.get(WEEKDAYS[day.weekday()], ()):
        # Combined by wall clock, not by adding hours: a day may have 23 or 25 of them.
        start = midnight.replace(hour=interval.start.hour, minute=interval.start.minute)
        end = midnight.replace(hour=interval.end.hour, minute=interval.end.minute)
        if end == midnight:
            end = midnight + timedelta(days=1)
        intervals.append((start, end))
    return intervals

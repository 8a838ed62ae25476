"""Maintenance windows: the hours in which a connection's system is not to be asked."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Self

FORMS = '"at 02:00 for 30m" (every day) or "sun 01:00 for 3h"'

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_WEEK = timedelta(days=7)
_UNITS = {"m": "minutes", "h": "hours"}
_WINDOW = re.compile(
    rf"(at|{'|'.join(DAYS)})\s+([01]?[0-9]|2[0-3]):([0-5][0-9])\s+for\s+([1-9][0-9]{{0,4}})\s*([mh])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From `start` on the machine's own clock, for so long; on one `day` (0 = Monday) or on all.

    It lasts as long as it says also in the night in which the clocks change.
    """

    start: time
    lasts: timedelta
    day: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """A window as people write it; raises ValueError with the forms that are understood."""
        found = _WINDOW.fullmatch(text.strip().lower())
        if not found:
            raise ValueError(f"{text!r} is no maintenance window; write {FORMS}")
        lasts = timedelta(**{_UNITS[found[5]]: int(found[4])})
        day = DAYS.index(found[1]) if found[1] in DAYS else None
        if lasts >= (_WEEK if day is not None else timedelta(days=1)):
            raise ValueError(
                f"{text!r} never ends; give it less than the time until it comes again"
            )
        return cls(start=time(int(found[2]), int(found[3])), lasts=lasts, day=day)

    def __str__(self) -> str:
        minutes = int(self.lasts.total_seconds()) // 60
        length = f"{minutes}m" if minutes % 60 else f"{minutes // 60}h"
        day = "at" if self.day is None else DAYS[self.day]
        return f"{day} {self.start:%H:%M} for {length}"

    def end_around(self, moment: datetime, zone: tzinfo | None = None) -> datetime | None:
        """When the window ends that `moment` lies in, in UTC; None outside.

        `zone` is whose clock is meant, the machine's when it is None.
        """
        today = moment.astimezone(zone).date()
        past = -(-self.lasts // timedelta(days=1)) + 1
        days = (today + timedelta(days=ahead) for ahead in range(-past, 2))
        spans = (self._span(day, zone) for day in days if self.day in (None, day.weekday()))
        return max((end for begin, end in spans if begin <= moment < end), default=None)

    def _span(self, day: date, zone: tzinfo | None) -> tuple[datetime, datetime]:
        # A naive time is the machine's own: astimezone then knows its summer time on that day.
        begin = datetime.combine(day, self.start, tzinfo=zone).astimezone(UTC)
        return begin, begin + self.lasts


def closed_until(
    windows: Sequence[Window], now: datetime, zone: tzinfo | None = None
) -> datetime | None:
    """When the system may be asked again, in UTC; None when it may be asked now.

    Windows that touch or overlap are one. `zone` is whose clock is meant, the machine's when None.
    """
    until = None
    moment = now
    while ends := [end for window in windows if (end := window.end_around(moment, zone))]:
        until = moment = max(ends)
        if until > now + _WEEK:
            break
    return until


def leaves_time(windows: Iterable[Window]) -> bool:
    """False when there would be no hour in the week to ask the system."""
    times = (window.lasts * (7 if window.day is None else 1) for window in windows)
    return sum(times, timedelta()) < _WEEK

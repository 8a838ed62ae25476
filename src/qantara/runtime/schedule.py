"""When a link runs: every so often, daily at an hour, or never by itself."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Self

FORMS = '"auto", "30s", "5m", "1h", "1d", "at 02:00" or "off"'

SOONEST, LATEST, GROWTH = 2.0, 60.0, 1.5
"""Seconds between adaptive polls: while something changes, at most, and how fast they grow."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_INTERVAL = re.compile(r"([1-9][0-9]{0,5})\s*([smhd])")
_DAILY = re.compile(r"at\s+([01]?[0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`every` so long after the last start, or daily `at` a time of the machine's own clock.

    `adaptive`: soon again while something changes, ever more seldom while nothing does. With none
    of them the source is only asked when somebody or something rings.
    """

    every: timedelta | None = None
    at: time | None = None
    adaptive: bool = False

    @property
    def never(self) -> bool:
        """True when it never comes by the clock."""
        return self.every is None and self.at is None and not self.adaptive

    @classmethod
    def parse(cls, text: str) -> Self:
        """A schedule as people write it; raises ValueError with the forms that are understood."""
        words = text.strip().lower()
        if words == "off":
            return cls()
        if words == "auto":
            return cls(adaptive=True)
        if interval := _INTERVAL.fullmatch(words):
            return cls(every=timedelta(**{_UNITS[interval[2]]: int(interval[1])}))
        if daily := _DAILY.fullmatch(words):
            return cls(at=time(int(daily[1]), int(daily[2])))
        raise ValueError(f"{text!r} is no schedule; write {FORMS}")

    def __str__(self) -> str:
        if self.at is not None:
            return f"at {self.at:%H:%M}"
        if self.every is None:
            return "auto" if self.adaptive else "off"
        seconds = int(self.every.total_seconds())
        sizes = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
        letter, size = next((one for one in sizes if seconds % one[1] == 0), sizes[-1])
        return f"{seconds // size}{letter}"

    def pause(self, last: float, *, moved: bool) -> float:
        """Seconds until the next of adaptive polls, by the seconds before and what was found."""
        if moved or not last:
            return SOONEST
        return min(LATEST, max(SOONEST, last * GROWTH))

    def next_after(
        self, moment: datetime, zone: tzinfo | None = None, *, pause: float = 0.0
    ) -> datetime | None:
        """The next start after `moment`, in UTC; None when there is none.

        `zone` is whose clock "at" means, the machine's when it is None; `pause` is what an
        adaptive schedule waits.
        """
        if self.adaptive:
            return (moment + timedelta(seconds=pause)).astimezone(UTC)
        if self.every is not None:
            return (moment + self.every).astimezone(UTC)
        if self.at is None:
            return None
        today = moment.astimezone(zone).date()
        days = (today + timedelta(days=ahead) for ahead in range(3))
        return next(start for day in days if (start := _start(day, self.at, zone)) > moment)


def _start(day: date, at: time, zone: tzinfo | None) -> datetime:
    # A naive time is the machine's own: astimezone then knows its summer time on that day.
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)

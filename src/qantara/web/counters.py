"""What came in at the entrance and what became of it, counted in memory since the start."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

ACCEPTED, REPEAT, IGNORED, GREETING, BUSY = "accepted", "repeat", "ignored", "greeting", "busy"
"""Events that were new, events known already, deliveries without any, greetings, answers of 503."""

UNKNOWN = ""
"""All connections that do not exist are counted as one: their names are the sender's."""

QUIET = 60.0
"""Seconds between two log lines about the same."""


@dataclass(slots=True, kw_only=True)
class Counters:
    """By connection and outcome: one of the words above, or the reason of a refusal."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    transactions: int = 0
    clock: Callable[[], float] = time.monotonic
    _told: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)

    def add(self, connection: str, outcome: str, count: int = 1) -> None:
        """So many more; none is none."""
        if count:
            self.counts[connection, outcome] += count

    def untold(self, connection: str, outcome: str) -> int:
        """How many nobody was told of, when it is time to tell; 0 while it is not."""
        now, total = self.clock(), self.counts[connection, outcome]
        at, before = self._told.get((connection, outcome), (now - QUIET, 0))
        if now - at < QUIET or total == before:
            return 0
        self._told[connection, outcome] = (now, total)
        return total - before

    def snapshot(self) -> Mapping[str, Mapping[str, int]]:
        """All counts by connection and outcome; "" are the connections that do not exist."""
        found: dict[str, dict[str, int]] = {}
        for (connection, outcome), count in sorted(self.counts.items()):
            found.setdefault(connection, {})[outcome] = count
        return found

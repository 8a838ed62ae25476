"""How long to wait before trying again: capped exponential, with jitter, within a budget."""

import random
from dataclasses import dataclass, field

FIRST = 1.0
CAP = 300.0


@dataclass(slots=True, kw_only=True)
class Backoff:
    """The waits of one link; seconds. `asked` is what the system itself asked for."""

    chance: random.Random = field(default_factory=random.Random)
    failures: int = 0

    def failed(self, asked: float = 0.0) -> float:
        """The wait after one more failure: never less than asked, half fixed and half chance."""
        self.failures += 1
        wait = min(CAP, FIRST * float(2 ** min(self.failures - 1, 16)))
        return max(asked, wait / 2 + self.chance.uniform(0, wait / 2))

    def succeeded(self) -> None:
        """Start from the beginning next time."""
        self.failures = 0


@dataclass(slots=True, kw_only=True)
class Budget:
    """At most `ratio` retries for each regular run, with up to `burst` saved.

    A failing system is not made worse by those who wait for it.
    """

    ratio: float = 0.1
    burst: float = 10.0
    saved: float = 10.0

    def earn(self) -> None:
        """A regular run took place."""
        self.saved = min(self.burst, self.saved + self.ratio)

    def spend(self) -> bool:
        """True when one more retry may go out now; else wait for the schedule."""
        if self.saved < 1:
            return False
        self.saved -= 1
        return True

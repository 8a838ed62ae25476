"""How long to wait before trying again: capped exponential, with jitter, within a budget."""

import random
from dataclasses import dataclass

FIRST = 1.0
CAP = 300.0

CHANCE = random.SystemRandom()


def wait(
    failures: int,
    asked: float = 0.0,
    *,
    first: float = FIRST,
    cap: float = CAP,
    chance: random.Random = CHANCE,
) -> float:
    """The seconds after so many failures in a row: half fixed and half chance, capped.

    Never less than `asked`, which is what the system itself wants.
    """
    most = min(cap, first * float(2 ** min(max(failures, 1) - 1, 16)))
    return max(asked, most / 2 + chance.uniform(0, most / 2))


@dataclass(slots=True, kw_only=True)
class Backoff:
    """The waits of one task that is tried again and again; seconds."""

    failures: int = 0

    def failed(self, asked: float = 0.0) -> float:
        """The wait after one more failure."""
        self.failures += 1
        return wait(self.failures, asked)

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

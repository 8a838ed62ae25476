"""How many records go into one call: as many as the store has done in good time before."""

MOST = 100
"""What WooCommerce takes at once; a shop may have made it fewer."""

FIRST = 25
AIM = 10.0
"""Seconds that a call should take; many proxies give up after 30."""

GROWTH = 2


class Pace:
    """Learns from each call. One for each kind of call: a product costs what ten stocks do."""

    def __init__(self) -> None:
        self.size = FIRST
        self._most = MOST

    def took(self, records: int, seconds: float) -> None:
        """So many records took so long."""
        if records < 1:
            return
        fitting = int(AIM * records / max(seconds, 0.001))
        bound = self.size * GROWTH if records >= self.size or fitting < self.size else self.size
        self.size = max(1, min(fitting, bound, self._most))

    def refused(self, records: int) -> None:
        """So many were too many."""
        self._most = max(1, records // 2)
        self.size = min(self.size, self._most)

    def failed(self) -> None:
        """No answer came in time: ask for less."""
        self.size = max(1, self.size // 2)

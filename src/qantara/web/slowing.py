"""Slowing down an address that sends much that is refused; what is good from it is not touched."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

BURST = 30
"""Refusals that an address gets before it is told to slow down."""

RATE = 0.5
"""Refusals a second that it is allowed in the long run."""

MOST = 10_000
"""Addresses that are remembered; the one that was good for longest is forgotten first."""


@dataclass(slots=True, kw_only=True)
class Slowing:
    """A token bucket of refusals for each address; an IPv6 one shares it with its network (/64)."""

    burst: float = BURST
    rate: float = RATE
    clock: Callable[[], float] = time.monotonic
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def refused(self, address: str) -> float:
        """One refusal more: the seconds that the address must wait, 0 while it need not."""
        place, now = _network(address), self.clock()
        tokens, at = self._buckets.pop(place, (self.burst, now))
        tokens = min(self.burst, tokens + (now - at) * self.rate)
        self._buckets[place] = (max(0.0, tokens - 1), now)
        if len(self._buckets) > MOST:
            self._buckets.popitem(last=False)
        return 0.0 if tokens >= 1 else (1 - tokens) / self.rate

    def owed(self, address: str) -> float:
        """The seconds that the address must wait before anything of it is looked at."""
        known = self._buckets.get(_network(address))
        if known is None:
            return 0.0
        tokens = known[0] + (self.clock() - known[1]) * self.rate
        return 0.0 if tokens >= 1 else (1 - tokens) / self.rate


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address) and not parsed.ipv4_mapped:
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed)

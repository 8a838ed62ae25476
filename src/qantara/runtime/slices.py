"""Turns under way in this process: each can be asked to make room, and all of them to end."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

SLICE = 10.0
"""Seconds of a turn after which it makes room, at the end of a page, for lanes that wait."""

Turn = Callable[[asyncio.Event], Awaitable[None]]


@dataclass(slots=True)
class Slices:
    """Turns by name; one that has ended is forgotten."""

    _slices: dict[str, "_Slice"] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._slices)

    @property
    def names(self) -> frozenset[str]:
        """Of those under way."""
        return frozenset(self._slices)

    def start(self, name: str, turn: Turn) -> "asyncio.Task[None]":
        """Begin the turn; it ends a page early when the event that it is given is set."""
        stop = asyncio.Event()
        task = asyncio.create_task(self._run(name, turn, stop), name=name)
        self._slices[name] = _Slice(task=task, stop=stop)
        return task

    def press(self) -> None:
        """Somebody waits: the longest turn makes room, if it has had its time. Safe to repeat."""
        running = [one for one in self._slices.values() if not one.stop.is_set()]
        if running and len(running) == len(self._slices):
            longest = min(running, key=lambda one: one.began)
            if time.monotonic() - longest.began > SLICE:
                longest.stop.set()

    def stop(self) -> None:
        """Ask all to end. Safe to repeat."""
        for one in self._slices.values():
            one.stop.set()

    async def end(self) -> None:
        """Ask all to end, and wait for them."""
        self.stop()
        await asyncio.gather(*(one.task for one in list(self._slices.values())))

    async def _run(self, name: str, turn: Turn, stop: asyncio.Event) -> None:
        try:
            await turn(stop)
        finally:
            del self._slices[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slice:
    task: "asyncio.Task[None]"
    stop: asyncio.Event
    began: float = field(default_factory=time.monotonic)

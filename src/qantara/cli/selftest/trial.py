"""A trial: the whole story told to one hub, which is killed at a point and started again."""

import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qantara.cli.selftest import stage, worker
from qantara.cli.selftest.acts import ACTS, Told
from qantara.cli.selftest.journals import Journals
from qantara.cli.selftest.processes import Child, fork
from qantara.cli.selftest.stage import Seen
from qantara.cli.selftest.worker import Point, Steps

PATIENCE = 30.0
"""Seconds in which the hub must have come to rest after an act."""

GLANCE = 0.04
ROUNDS = 8
"""Times that every source is asked until nothing moves any more."""

Counts = Mapping[tuple[int, str], int]


class Failed(Exception):
    """The hub did what it must not: ended by itself, or found no rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How a trial went: what was seen after which act, and how often the last hub reached what.

    `failure` is a sentence where the hub did what it must not, or found no rest.
    """

    seen: Mapping[int, Seen]
    deaths: int
    counts: Counts
    failure: str = ""


@dataclass(slots=True, kw_only=True)
class Trial:
    """`fatal` are the points at which the first, second ... hub is killed."""

    folder: Path
    journals: Journals
    fatal: Sequence[Point] = ()
    deaths: int = 0
    act: int = 0
    unkept: list[Told] = field(default_factory=list)
    _stage: Child = field(init=False)
    _hub: Child = field(init=False)
    _home: Path = field(init=False)

    def run(self) -> Report:
        """Tell the story. Call it from a process that may fork."""
        self.folder.mkdir(mode=0o700)
        self._stage = fork(lambda pipe: stage.work(pipe, self.folder, self.journals), self._log)
        seen: dict[int, Seen] = {}
        failure, counts = "", {}
        try:
            self._home = Path(self._stage.ask("begin"))
            self._start()
            for number in range(self._acts):
                self._play(number)
                if self._worth_a_look(number):
                    seen[number] = self._stage.ask("look")
            counts = self._end()
        except (Failed, EOFError) as error:
            failure = str(error) or "A process of the test itself ended."
        finally:
            self._hub.kill()
            self._stage.tell("end")
            self._stage.wait()
        return Report(seen=seen, deaths=self.deaths, counts=counts, failure=failure)

    @property
    def _log(self) -> Path:
        return self.folder.with_suffix(".log")

    def _start(self) -> None:
        fatal = self.fatal[self.deaths] if self.deaths < len(self.fatal) else None
        steps = Steps(fatal, self.act)
        self._hub = fork(lambda pipe: worker.work(pipe, self._home, steps), self._log)

    def _play(self, number: int) -> None:
        self.act = number
        self._hub.tell("act", number)
        self.unkept = list(self._stage.ask("act", number))
        self._deliver()
        self._until(lambda: self._stage.ask("settled"))
        before = None
        for _ in range(ROUNDS):
            now = self._stage.ask("moved")
            if now == before:
                return
            before = now
            self._stage.ask("ring")
            self._hub.tell("wake")
            self._until(lambda: self._stage.ask("settled"))
        raise Failed(f"In the act {ACTS[number].title!r} it found no rest.")

    @property
    def _acts(self) -> int:
        """How many are played: after a crash one more, to see that the hub goes on living."""
        return min(len(ACTS), self.fatal[0].act + 2) if self.fatal else len(ACTS)

    def _worth_a_look(self, act: int) -> bool:
        """After each act of the undisturbed story, else after the crash and what follows."""
        return not self.fatal or act >= self.fatal[0].act

    def _deliver(self) -> None:
        """A sender brings what was not acknowledged, again to a hub that has come back."""
        if self.unkept:
            self._hub.tell("deliver", self.unkept)

    def _until(self, true: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            self._hear()
            self._restart_if_dead()
            if not self.unkept and true():
                return
            time.sleep(GLANCE)
        raise Failed(f"In the act {ACTS[self.act].title!r} it was busy for {PATIENCE:.0f} s.")

    def _hear(self) -> None:
        try:
            while self._hub.pipe.poll():
                self._hub.pipe.recv()
                self.unkept = []
        except (EOFError, OSError):
            return

    def _restart_if_dead(self) -> None:
        if self._hub.alive():
            return
        if self._hub.code != -signal.SIGKILL or self.deaths >= len(self.fatal):
            raise Failed(f"The hub ended by itself: {_last(self._log)}")
        self.deaths += 1
        self._start()
        self._deliver()

    def _end(self) -> Any:
        self._hub.tell("stop")
        counts = self._hub.pipe.recv()
        if self._hub.wait():
            raise Failed(f"The hub failed at its end: {_last(self._log)}")
        return counts


def _last(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing."

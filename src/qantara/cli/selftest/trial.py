"""A trial: the whole story told to one hub, which is killed at a point and started again."""

import re
import signal
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qantara.cli.selftest import stage, worker
from qantara.cli.selftest.acts import ACTS
from qantara.cli.selftest.journals import Journals
from qantara.cli.selftest.processes import Child, fork
from qantara.cli.selftest.stage import Seen
from qantara.cli.selftest.worker import Point, Steps

PATIENCE = 120.0
"""Seconds in which the hub must have come to rest after an act."""

GLANCE, SLOWER = 0.08, 0.05
"""Seconds until the hub is looked at again; more for each second that it has been at work."""

ROUNDS = 8
"""Times that every source is asked until nothing moves any more."""

Counts = Mapping[tuple[str, int, str], int]
"""By role, act and step."""


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
    """`fatal` are the points at which processes of the hub are killed, one after the other."""

    folder: Path
    journals: Journals
    roles: Sequence[str]
    fatal: Sequence[Point] = ()
    deaths: int = 0
    act: int = 0
    _stage: Child = field(init=False)
    _parts: dict[str, Child] = field(default_factory=dict, init=False)
    _place: tuple[Path, int] = field(init=False)

    def run(self) -> Report:
        """Tell the story. Call it from a process that may fork."""
        self.folder.mkdir(mode=0o700)
        self._stage = fork(lambda pipe: stage.work(pipe, self.folder, self.journals), self._log)
        seen: dict[int, Seen] = {}
        failure = ""
        counts: Counts | None = None
        try:
            self._place = self._stage.ask("begin")
            for role in self.roles:
                self._start(role)
            for number in range(self._acts):
                self._play(number)
                if self._worth_a_look(number):
                    seen[number] = self._stage.ask("look")
            while (counts := self._end()) is None:
                self._come_back()
                seen[self.act] = self._stage.ask("look")
        except (Failed, EOFError) as error:
            failure = str(error) or f"A process of the test itself ended: {_last(self._log)}"
        finally:
            for part in self._parts.values():
                part.kill()
            self._stage.tell("end")
            self._stage.wait()
        return Report(seen=seen, deaths=self.deaths, counts=counts or {}, failure=failure)

    @property
    def _log(self) -> Path:
        return self.folder.with_suffix(".log")

    def _start(self, role: str) -> None:
        fatal = self.fatal[self.deaths] if self.deaths < len(self.fatal) else None
        steps = Steps(role, fatal, self.act)
        self._parts[role] = fork(lambda pipe: worker.work(pipe, self._place, steps), self._log)

    def _play(self, number: int) -> None:
        self.act = number
        self._tell("act", number)
        self._stage.ask("act", number)
        self._rest()
        before = None
        for _ in range(ROUNDS):
            now = self._stage.ask("moved")
            if now == before:
                return
            before = now
            self._stage.ask("ring")
            self._tell("wake")
            self._rest()
        raise Failed(f"In the act {ACTS[number].title!r} it found no rest.")

    def _tell(self, *message: Any) -> None:
        for part in self._parts.values():
            part.tell(*message)

    @property
    def _acts(self) -> int:
        """How many are played: after a crash one more, to see that the hub goes on living."""
        return min(len(ACTS), self.fatal[0].act + 2) if self.fatal else len(ACTS)

    def _worth_a_look(self, act: int) -> bool:
        """After each act of the undisturbed story, else after the crash and what follows."""
        return not self.fatal or act >= self.fatal[0].act

    def _rest(self) -> None:
        """Wait until the hub is at rest; who was killed comes back."""
        began = time.monotonic()
        while (passed := time.monotonic() - began) < PATIENCE:
            for role in self.roles:
                self._restart_if_dead(role)
            if self._stage.ask("settled"):
                return
            time.sleep(GLANCE + SLOWER * passed)
        raise Failed(f"In the act {ACTS[self.act].title!r} it was busy for {PATIENCE:.0f} s.")

    def _restart_if_dead(self, role: str) -> None:
        part = self._parts[role]
        if part.alive():
            return
        self._bury(role)
        self._start(role)

    def _end(self) -> Counts | None:
        """Stop the hub: how often each step was reached; None when it was killed while stopping."""
        self._tell("stop")
        counts: Counter[tuple[str, int, str]] = Counter()
        for role, part in self._parts.items():
            try:
                told = part.pipe.recv()
            except EOFError:
                self._bury(role)
                return None
            counts |= Counter({(role, *key): count for key, count in told.items()})
            if part.wait():
                raise Failed(f"The {role} failed at its end: {_last(self._log)}")
        return counts

    def _bury(self, role: str) -> None:
        """It may only have ended at a fatal point."""
        code = self._parts[role].wait()
        if code != -signal.SIGKILL or self.deaths >= len(self.fatal):
            raise Failed(f"The {role} ended by itself: {_last(self._log)}")
        self.deaths += 1

    def _come_back(self) -> None:
        """All of the hub, after one of its processes was killed while it stopped."""
        for role in self.roles:
            self._parts[role].kill()
            self._start(role)
        self._rest()


def _last(log: Path) -> str:
    """What it died of: the last error in its log, out of the frame that a group of errors has."""
    lines = [line.strip(" |+-") for line in log.read_text("utf-8", "replace").splitlines()]
    said = [line for line in lines if line]
    errors = [line for line in said if re.match(r"[\w.]*(Error|Exception|Interrupt)\b", line)]
    return (errors or said or ["it said nothing."])[-1]

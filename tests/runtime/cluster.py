"""Hub processes on one journal, started, stopped and killed by a test of the runtime contract."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from qantara.runtime import slices
from qantara.storage import dead_letters, inbox, lanes, work
from qantara.storage.inbox import Notice
from qantara.storage.store import Store
from tests.project.tree import ROOT
from tests.runtime.hub_process import Setting
from tests.runtime.shelf import HERE, Shelf

TAKEN_OVER = 30.0
"""Seconds after which the work of a killed worker is done by others at the latest."""

PATIENCE = 120.0
"""Seconds after which something is taken never to happen."""


@dataclass(slots=True, kw_only=True)
class Cluster:
    """One installation. `roles` are those of each process, `size` how many there are."""

    url: str
    shelf: Shelf
    roles: Sequence[str]
    size: int
    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    setting: dict[str, Any] = field(default_factory=dict)
    _events: int = 0

    @property
    def is_distributed(self) -> bool:
        """Whether others go on when a process is gone."""
        return self.size > 1

    def start(
        self, *lanes: tuple[str, int, str], turns: int = 8, slice_: float = slices.SLICE
    ) -> None:
        """All its processes."""
        self.setting = {"lanes": lanes, "turns": turns, "slice": slice_}
        for _ in range(self.size):
            self.add()

    def add(self, *roles: str) -> subprocess.Popen[str]:
        """One more process, at work."""
        setting = Setting(
            store=self.url, shelf=self.shelf.url, roles=roles or self.roles, **self.setting
        )
        command = [sys.executable, "-m", "tests.runtime.hub_process", setting.as_text()]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        with process.stdout as told:
            assert told.readline() == "ready\n"
        self.processes.append(process)
        return process

    def kill(self, number: int) -> None:
        """As a power cut does; where nobody else is there, the machine starts it again."""
        process = next(one for one in self.processes if one.pid == number)
        process.kill()
        process.wait()
        self.processes.remove(process)
        if not self.processes:
            self.add()

    def tell(self, entity: str, ids: Sequence[str]) -> None:
        """Events about these records of the source arrive in the inbox."""
        self._events += 1
        notices = [
            Notice(
                connection=HERE,
                topic="told",
                event_key=f"{self._events}:{id_}",
                body=b"",
                entity=entity,
                external_id=id_,
            )
            for id_ in ids
        ]
        with self.journal() as store:
            store.run_here(inbox.receive, notices)

    def state(self) -> dict[str, Any]:
        """What the journal says: who holds lanes, what waits, what needs a person."""
        with self.journal() as store:
            return {
                "holders": [
                    one.holder for one in store.run_here(lanes.states).values() if one.holder
                ],
                "work": store.run_here(work.backlogs),
                "inbox": store.run_here(inbox.waiting, HERE),
                "letters": store.run_here(dead_letters.listing),
            }

    @contextmanager
    def journal(self) -> Iterator[Store]:
        """The journal, as somebody else opens it."""
        with Store.open(self.url) as store:
            yield store

    def end(self) -> None:
        """Nothing stays behind."""
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()


def until(true: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for it; fails when it does not happen."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "It did not happen."
        time.sleep(0.02)

"""A process of the hub of a trial, which is killed at the point it is told."""

import asyncio
import os
import signal
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path

from qantara.cli.selftest.roles import Part
from qantara.connectors.odoo.connector import READERS, Odoo
from qantara.runtime.agenda import Lane
from qantara.runtime.home import Home
from qantara.runtime.hub import Hub
from qantara.storage.steps import observed

BATCH, PAGE = 3, 5
"""Records in one call and in one page: a short story has several of both then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The `number`-th time (from 1) that the process comes to a step within an act (from 0)."""

    act: int
    step: str
    number: int = 1
    role: str = "hub"


@dataclass(slots=True)
class Steps:
    """Counts the steps of this process, and ends it at the fatal one as a power cut would."""

    role: str
    fatal: Point | None
    act: int
    counts: Counter[tuple[int, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, step: str) -> None:
        with self._lock:
            self.counts[self.act, step] += 1
            number = self.counts[self.act, step]
            if self.fatal == Point(act=self.act, step=step, number=number, role=self.role):
                os.kill(os.getpid(), signal.SIGKILL)


def work(pipe: Connection, place: tuple[Path, int], steps: Steps) -> None:
    """Play the role in this home, with the entrance at this port, until told to stop.

    Then say how often each step was reached.
    """
    _in_small_pieces()
    with observed(steps):
        asyncio.run(_serve(pipe, place, steps))
    pipe.send(dict(steps.counts))


def _in_small_pieces() -> None:
    Odoo.manifest = replace(Odoo.manifest, batch=dict.fromkeys(Odoo.manifest.batch, BATCH))
    for reader in READERS.values():
        reader.page = PAGE


async def _serve(pipe: Connection, place: tuple[Path, int], steps: Steps) -> None:
    home, port = place
    async with Hub.open(Home(home), writing=steps.role == "hub") as hub:
        lanes = [Lane(link=one, schedule=hub.schedule(one)) for one in await hub.links()]
        part = Part(hub=hub, lanes=lanes, port=port)
        loop = asyncio.get_running_loop()
        loop.add_reader(pipe.fileno(), _hear, pipe, part, steps)
        await part.play(steps.role)
        loop.remove_reader(pipe.fileno())


def _hear(pipe: Connection, part: Part, steps: Steps) -> None:
    """What the process is told: which act it is, that something is due, that it is over."""
    while pipe.poll():
        try:
            word, *more = pipe.recv()
        except EOFError:
            os._exit(0)
        if word == "act":
            [steps.act] = more
        elif word == "wake":
            part.wake.ring()
        else:
            part.stop.set()

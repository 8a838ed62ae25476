"""Processes that are forked from one which has everything loaded, so that each starts at once.

A process that forks must have no other thread and no event loop: only those forked begin such.
"""

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

Work = Callable[[Connection], None]

FAILED = 70
"""The exit code of a process whose work raised."""


@dataclass(slots=True)
class Child:
    """A forked process and the pipe to it; `code` is as `subprocess` has it, None while it runs."""

    pid: int
    pipe: Connection
    code: int | None = None

    def tell(self, *message: Any) -> None:
        """Send a message; one that has ended does not hear it."""
        with suppress(BrokenPipeError):
            self.pipe.send(message)

    def ask(self, *message: Any) -> Any:
        """Send a message and wait for the answer; EOFError when it ended instead."""
        self.tell(*message)
        return self.pipe.recv()

    def alive(self) -> bool:
        """Whether it still runs."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is None

    def kill(self) -> None:
        """End it at once, as a power cut would. Safe to repeat."""
        if self.alive():
            os.kill(self.pid, signal.SIGKILL)
            self.wait()

    def wait(self) -> int:
        """Wait until it has ended; its exit code."""
        if self.code is None:
            _, status = os.waitpid(self.pid, 0)
            self.code = os.waitstatus_to_exitcode(status)
        self.pipe.close()
        return self.code


def fork(work: Work, log: Path) -> Child:
    """Do `work` in a process of its own; what it says, and why it failed, is added to `log`."""
    ours, theirs = Pipe()
    gc.freeze()
    pid = os.fork()
    if pid:
        theirs.close()
        return Child(pid, ours)
    code = FAILED
    try:
        ours.close()
        _prepare(log)
        work(theirs)
        code = 0
    except EOFError:
        pass  # the other end is gone, and so is the need for this process
    except BaseException:  # noqa: BLE001 - the last place where it can be told
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _prepare(log: Path) -> None:
    """No terminal, no Ctrl-C, and nothing of the user's own installation."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    for name in [name for name in os.environ if name.startswith("QANTARA_")]:
        del os.environ[name]

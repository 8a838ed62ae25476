"""The threads in which transactions run: what is urgent goes before what only waits longer."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from itertools import count
from queue import PriorityQueue
from typing import Any, TypeVar

T = TypeVar("T")

_URGENT, _USUAL, _END = range(3)


class Threads:
    """So many threads, started with the first work; they do not keep the process alive."""

    def __init__(self, number: int, name: str) -> None:
        self._number = number
        self._name = name
        self._queue: PriorityQueue[tuple[int, int, Callable[[], None] | None]] = PriorityQueue()
        self._order = count()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._ended = False

    def executor(self, *, urgent: bool) -> Executor:
        """The same as an event loop wants it."""
        return _Queue(partial(self.submit, urgent=urgent))

    def submit(self, work: Callable[[], T], *, urgent: bool = False) -> "Future[T]":
        """Do the work as soon as a thread is free; raises RuntimeError after the end."""
        future: Future[T] = Future()

        def do() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001 - it is whoever waits who hears of it
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._lock:
            if self._ended:
                raise RuntimeError(f"{self._name} has ended.")
            self._put(_URGENT if urgent else _USUAL, do)
            if len(self._threads) < self._number:
                self._start()
        return future

    def shutdown(self) -> None:
        """Wait for all that was submitted. Safe to repeat."""
        with self._lock:
            self._ended, threads = True, self._threads
        for _ in threads:
            self._put(_END, None)
        for thread in threads:
            thread.join()

    def _put(self, urgency: int, work: Callable[[], None] | None) -> None:
        self._queue.put((urgency, next(self._order), work))

    def _start(self) -> None:
        name = f"{self._name}-{len(self._threads)}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while True:
            _, _, work = self._queue.get()
            if work is None:
                return
            work()


class _Queue(Executor):
    def __init__(self, submit: Callable[..., Future[Any]]) -> None:
        self._submit = submit

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Executor's own."""
        return self._submit(partial(fn, *args, **kwargs))

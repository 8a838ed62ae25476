"""An event loop whose clock goes on only where everybody waits: minutes of a story in seconds."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")


class _Waiting(selectors.DefaultSelector):
    """Instead of sleeping it lets the clock go on, unless a thread has still to answer."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = 0.0
        self.threads = 0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        if self.threads or timeout is None:
            return super().select(None)
        self.clock += timeout
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """What threads do takes no time at all; a wait takes as long as it says, of virtual time."""

    def __init__(self) -> None:
        self._waiting = _Waiting()
        super().__init__(self._waiting)

    def time(self) -> float:
        return self._waiting.clock

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        self._waiting.threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._answered)
        return future

    def _answered(self, _: asyncio.Future[Any]) -> None:
        self._waiting.threads -= 1


def lived(story: Coroutine[Any, Any, T]) -> T:
    """Run the story to its end in virtual time."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(story)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

"""Steps: every point of a record's journey that a crash could fall on has a name.

Each transaction of the journal announces itself before and after its commit, each call to a system
before and after it. Nobody listens unless somebody asks to.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Observer = Callable[[str], None]

_observers: list[Observer] = []


def reached(step: str) -> None:
    """Tell those who look on that the process has come to this step."""
    for observer in _observers:
        observer(step)


@contextmanager
def observed(observer: Observer) -> Iterator[None]:
    """While this lasts `observer` hears of every step of this process, in any thread."""
    _observers.append(observer)
    try:
        yield
    finally:
        _observers.remove(observer)


def name_of(work: Callable[..., object]) -> str:
    """What a transaction is called: its module and function, `apply.intend`."""
    function = getattr(work, "func", work)
    module = str(function.__module__).rpartition(".")[2]
    return f"{module}.{str(function.__qualname__).rpartition('.')[2].lstrip('_')}"

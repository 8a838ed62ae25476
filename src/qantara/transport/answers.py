"""Answers: whose systems have answered, for whoever began the work and wants to know."""

from contextvars import ContextVar

answered: ContextVar[set[str] | None] = ContextVar("answered", default=None)
"""Takes the names of connections, where somebody has put a set there. It follows into tasks."""


def note(connection: str) -> None:
    """The system of this connection has answered as it should."""
    names = answered.get()
    if names is not None:
        names.add(connection)

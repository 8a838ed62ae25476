"""Column types that mean the same in SQLite and PostgreSQL: times, JSON, outsiders' words."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, DateTime, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

SERIAL = BigInteger().with_variant(Integer, "sqlite")
"""A growing number: only INTEGER counts by itself in SQLite."""


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept and given back in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite keeps sortable text without a zone, PostgreSQL a moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"The time {value} has no zone; the journal keeps moments in UTC.")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 the signature is SQLAlchemy's
        """PostgreSQL answers in the zone of the session."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A value as JSON text, read back as `shape` (`dict[str, str]`, `tuple[str, ...]`)."""

    impl = Text
    cache_ok = True

    def __init__(self, shape: Any) -> None:
        super().__init__()
        self.shape = shape

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 the signature is SQLAlchemy's
        """JSON escapes the NUL that PostgreSQL's text refuses."""
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002 the signature is SQLAlchemy's
        """Strict: what does not fit `shape` is an error."""
        return None if value is None else msgspec.json.decode(value, type=self.shape)


class Words(TypeDecorator[str]):
    """Text that outsiders wrote: a NUL or a lone surrogate becomes the replacement character.

    PostgreSQL refuses NUL in text, and neither database takes half a surrogate pair; a vendor's
    odd error message must not keep us from recording the error.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 the signature is SQLAlchemy's
        """Ordinary text passes untouched."""
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """The text as both databases can keep it."""
    whole = text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
    return whole.replace("\x00", "\ufffd")

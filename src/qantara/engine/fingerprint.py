"""A short hash for each field of a record: what both sides last agreed on, without the values."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import msgspec


def fingerprints(record: object, names: Collection[str]) -> Mapping[str, str]:
    """Sixteen hex digits per field; comparable only between records of the same connection."""
    return {name: _digest(getattr(record, name)) for name in names}


def plain(value: object) -> Any:
    """The value as JSON would hold it, for people to read."""
    return msgspec.json.decode(_ENCODER.encode(value))


def _digest(value: object) -> str:
    return hashlib.blake2b(_ENCODER.encode(value), digest_size=8).hexdigest()


_ENCODER = msgspec.json.Encoder(order="sorted")

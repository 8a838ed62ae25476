"""A reference from one record to another of the same connection."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ref:
    """The record `id` of `entity`, in the words of the connection that holds the referring record.

    The engine exchanges it for the id at the other side before a record is written there.
    """

    entity: str
    id: str

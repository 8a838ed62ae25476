"""What people write on documents, with what they attach."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from qantara.model.reference import Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file: `id` is its own in the system it lies in, `checksum` its SHA-1, `size` in bytes."""

    name: str
    mimetype: str
    size: int
    checksum: str
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What somebody wrote on a record; `body` is HTML as the system keeps it, already sanitised.

    A `note` is for the author's own side, a `comment` for everybody who follows the record.
    `company` is whom the author works for, `partners` are those whom the record is with.
    `deleted` says that its author emptied it, `automatic` that no person wrote it, `mirrored` that
    the hub did. `repeats` counts how often its author had just written the same there before.
    """

    on: Ref
    author: str
    email: str = ""
    company: str = ""
    partners: tuple[Ref, ...] = ()
    body: str = ""
    kind: Literal["comment", "note"] = "comment"
    posted_at: datetime | None = None
    attachments: tuple[Attachment, ...] = ()
    deleted: bool = False
    automatic: bool = False
    mirrored: bool = False
    repeats: int = 0

    @property
    def active(self) -> bool:
        """False for one that its author emptied: such a one is not carried over any more."""
        return not self.deleted

"""mail.message in the hub's words, and its text as it is shown in the other Odoo."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

from qantara.connectors.base import Wire
from qantara.connectors.odoo.mapping.values import identity, moment, plain, text
from qantara.model import Attachment, Message, Ref

FIELDS = (
    *("model", "res_id", "body", "subject", "date", "write_date", "message_type", "subtype_id"),
    *("is_internal", "author_id", "email_from", "message_id", "attachment_ids"),
)

OURS = "@qantara>"
"""What the Message-Id of all that the hub has written ends in."""

WRITTEN_TYPES = ("comment", "email", "email_outgoing", "auto_comment", "out_of_office")
"""Kinds of messages that somebody wrote; the others are Odoo's own notifications."""

AUTOMATIC_TYPES = frozenset({"auto_comment", "out_of_office"})

_AUTOMATIC = re.compile(
    r"(?i)^\W*(auto(matic|mated)?[- ]?(reply|response)|auto:|out[- ]of[- ](the[- ])?office"
    r"|undeliver(ed|able)|delivery status|mail delivery|رد تلقائي|автоматична відповідь)"
)
_EDITED = re.compile(r"(?i)\s*<span class=['\"]o-mail-Message-edited['\"]\s*(/>|>\s*</span>)")
_EMPTY_BLOCK = re.compile(r"(?i)<(p|div)>\s*</\1>\s*$")
_OWN_MARKS = re.compile(
    r"(?i)\s(data-oe-[\w-]+|data-attachment-id|class=(?=['\"]o_(mail|channel)_redirect))"
    r"(=)?(\"[^\"]*\"|'[^']*')"
)
_OWN_LINK = re.compile(r"(?i)\shref=([\"'])(?!https?:|mailto:|tel:)[^\"']*\1")
_PICTURE = re.compile(r"(?i)<img\b[^>]*>")
_OWN_SOURCE = re.compile(r"(?i)\ssrc=[\"']/web/(?:image|content)/(?:ir\.attachment/)?(\d+)?[^\"']*")
_ADDRESS = re.compile(r"^\s*\"?(?P<name>[^\"<]*?)\"?\s*<(?P<email>[^>]*)>\s*$")


def from_wire(wire: Wire) -> Message:
    """A message with what is known of its author, its record and its files; pure."""
    row, author, record = wire["row"], wire["author"], wire["record"]
    name, email = _sender(text(row["email_from"]))
    body = shareable(text(row["body"]))
    files = tuple(_file(one) for one in wire["files"])
    subject = text(row.get("subject")) if row["message_type"] == "email" else ""
    return Message(
        on=Ref(record["entity"], str(row["res_id"])),
        author=text(author.get("name")) or name,
        email=text(author.get("email")) or email,
        company=author.get("company", ""),
        partners=tuple(Ref("partner", str(one)) for one in record["partners"]),
        body=f"<p><strong>{html.escape(subject)}</strong></p>{body}" if subject else body,
        kind="note" if wire["internal"] else "comment",
        posted_at=moment(row["date"]),
        attachments=files,
        deleted=not (subject or files or _shows(body)),
        automatic=is_automatic(row),
        mirrored=is_ours(row),
        repeats=wire["repeats"],
    )


def is_ours(row: Mapping[str, Any]) -> bool:
    """True for what the hub wrote."""
    return text(row["message_id"]).endswith(OURS)


def is_automatic(row: Mapping[str, Any]) -> bool:
    """True for an out-of-office reply and the like: Odoo says so, or its subject does."""
    return row["message_type"] in AUTOMATIC_TYPES or bool(
        _AUTOMATIC.match(text(row.get("subject")))
    )


def likeness(row: Mapping[str, Any]) -> tuple[object, ...]:
    """What two messages share when one repeats the other; automatic ones differ in their times."""
    author = identity(row["author_id"]) or text(row["email_from"])
    automatic = is_automatic(row)
    return row["model"], row["res_id"], author, automatic or plain(row["body"])


def shareable(body: str) -> str:
    """The body without what means something in its own Odoo only: mentions, its own links."""
    kept = _EMPTY_BLOCK.sub("", _EDITED.sub("", body))
    return _OWN_LINK.sub("", _OWN_MARKS.sub("", kept)).strip()


def composed(message: Message, files: Mapping[str, int], left: Sequence[str]) -> str:
    """What the other Odoo shows: who wrote it, the text, and which files could not come along.

    `files` are their ids there by those of the source, for pictures within the text.
    """
    company = f" ({html.escape(message.company)})" if message.company else ""
    name = html.escape(message.author or message.email)
    heading = f"<p><strong>{name}</strong>{company}</p>" if name else ""
    lines = "".join(f"<p><em>{html.escape(one)}</em></p>" for one in left)
    body = _PICTURE.sub(lambda found: _picture(found[0], files), message.body)
    return f"{heading}{body}{lines}"


def _picture(tag: str, files: Mapping[str, int]) -> str:
    """A picture of the text by its id here; one that did not come along would be broken."""
    source = _OWN_SOURCE.search(tag)
    if source is None:
        return tag
    number = files.get(source[1] or "")
    if number is None:
        return ""
    return tag.replace(source[0], f' src="/web/image/{number}')


def _shows(body: str) -> bool:
    return bool(plain(body)) or bool(_PICTURE.search(body))


def _sender(address: str) -> tuple[str, str]:
    """Name and e-mail of `"Name" <e-mail>`."""
    found = _ADDRESS.match(address)
    return (found["name"].strip(), found["email"]) if found else (address, address)


def _file(row: Mapping[str, Any]) -> Attachment:
    return Attachment(
        id=str(row["id"]),
        name=text(row["name"]),
        mimetype=text(row["mimetype"]),
        size=int(row["file_size"] or 0),
        checksum=text(row["checksum"]),
    )

"""Writes remarks of the hub's own on documents, each once: why something could not be taken over."""

import hashlib

from qantara.connectors.odoo.notes import post
from qantara.connectors.odoo.site import Site
from qantara.model import Note

REFUSED = "refused@qantara"
"""What the message ids of refusals end in: the other side is told of them."""


def refusal_id(key: str, words: str) -> str:
    """The message id of this refusal; another reason is another message."""
    return f"<{key}.{hashlib.sha256(words.encode()).hexdigest()[:12]}.{REFUSED}>"


async def remark(site: Site, note: Note, message_id: str) -> None:
    """Post it, unless it is there. Safe to repeat."""
    if not await site.rows("mail.message", [("message_id", "=", message_id)], ["message_id"]):
        await post(site, note, message_id)

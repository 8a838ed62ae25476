"""Writes remarks of the hub's own on documents, each once: why something could not be taken over."""

import hashlib

from qantara.connectors.odoo.mapping.values import marked_up
from qantara.connectors.odoo.notes import ESCAPES
from qantara.connectors.odoo.site import Site

REFUSED = "refused@qantara"
"""What the message ids of refusals end in: the other side is told of them."""


def refusal_id(key: str, words: str) -> str:
    """The message id of this refusal; another reason is another message."""
    return f"<{key}.{hashlib.sha256(words.encode()).hexdigest()[:12]}.{REFUSED}>"


async def remark(site: Site, on: tuple[str, int], words: str, message_id: str) -> None:
    """Post it on this record of the model, unless it is there. Safe to repeat."""
    model, number = on
    if await site.rows("mail.message", [("message_id", "=", message_id)], ["message_id"]):
        return
    server = await site.client.enter()
    html = {"body_is_html": True} if server.major >= ESCAPES else {}
    await site.client.call(
        model,
        "message_post",
        [number],
        body=marked_up(words),
        message_id=message_id,
        message_type="comment",
        subtype_xmlid="mail.mt_note",
        context=await site.tables.context(),
        **html,
    )

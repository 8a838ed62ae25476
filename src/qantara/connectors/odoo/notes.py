"""Posts notes on records, each once: its key is the message's own id in Odoo."""

from collections.abc import Sequence

from qantara.connectors.base import Outcome, Write, Written
from qantara.connectors.odoo.mapping.note import body_of
from qantara.connectors.odoo.mapping.values import text
from qantara.connectors.odoo.site import Site
from qantara.connectors.odoo.writing import Writer, its
from qantara.model import Note
from qantara.transport import NotFound, Rejected

MODELS = {
    "sale_order": "sale.order",
    "purchase_order": "purchase.order",
    "product": "product.template",
    "partner": "res.partner",
}
"""On what a note can be posted."""

ESCAPES = 17
"""From this version on a body is escaped unless it is called html; before, it always is html."""


class Notes(Writer):
    """mail.message, by message_post."""

    entity, model = "note", "mail.message"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """One call to see what is there, one for each note that is not."""
        there = await self.lookup([one.key for one in writes])
        done: list[Outcome] = []
        for one in writes:
            try:
                posted = there.get(one.key) or await self._post(one)
                done.append(Written(external_id=posted))
            except (Rejected, NotFound) as error:
                done.append(error)
        return done

    async def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        """Messages by our Message-Id."""
        by_id = {message_id(key): key for key in keys}
        domain = [("message_id", "in", list(by_id))]
        rows = await self.site.rows(self.model, domain, ["message_id"])
        return {by_id[text(row["message_id"])]: str(row["id"]) for row in rows}

    async def _post(self, write: Write) -> str:
        return await post(self.site, its(Note, write), message_id(write.key))


async def post(site: Site, note: Note, name: str) -> str:
    """Post the note under this Message-Id; the message's id."""
    if note.on.entity not in MODELS:
        raise Rejected(f"Odoo takes no note on a {note.on.entity}.")
    server = await site.client.enter()
    html = {"body_is_html": True} if server.major >= ESCAPES else {}
    posted = await site.client.call(
        MODELS[note.on.entity],
        "message_post",
        [int(note.on.id)],
        body=body_of(note, await site.tables.get()),
        message_id=name,
        message_type="comment",
        subtype_xmlid="mail.mt_note",
        context=await site.tables.context(),
        **html,
    )
    return str(posted[0] if isinstance(posted, list) else posted)


def message_id(key: str) -> str:
    """The Message-Id under which a write with this key is found again."""
    return f"<{key}@qantara>"

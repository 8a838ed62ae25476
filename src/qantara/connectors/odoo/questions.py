"""Questions in the chatter: a note with buttons, which lose them when nothing is asked any more.

A question's id is that of its document. Each occasion has one message, known by its Message-Id;
who asks again for the same occasion gives that message fresh buttons.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from qantara.connectors.base import Outcome, Write, Written
from qantara.connectors.odoo.mapping.note import body_of, closed, is_open
from qantara.connectors.odoo.mapping.values import text
from qantara.connectors.odoo.notes import post
from qantara.connectors.odoo.writing import Writer, its
from qantara.model import Note
from qantara.transport import NotFound, Rejected


class Questions(Writer):
    """mail.message."""

    entity, model = "question", "mail.message"

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """One call to see what was asked before, one for each message that is to be changed."""
        before = await self._asked([one.key for one in writes])
        done: list[Outcome] = []
        for one in writes:
            try:
                done.append(await self._ask(one, before.get(one.key, [])))
            except (Rejected, NotFound) as error:
                done.append(error)
        return done

    async def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        """Documents about which was asked."""
        return {key: str(rows[-1]["res_id"]) for key, rows in (await self._asked(keys)).items()}

    async def _ask(self, write: Write, before: Sequence[dict[str, Any]]) -> Outcome:
        note, tables = its(Note, write), await self.site.tables.get()
        name = _message_id(write.key, note.occasion) if note.choices else ""
        bodies: dict[int, str] = {}
        for row in before:
            old = text(row["body"])
            if text(row["message_id"]) == name:
                bodies[row["id"]] = body_of(note, tables)
            elif is_open(old):
                bodies[row["id"]] = closed(old, note if not note.choices else None, tables)
        if name and name not in [text(row["message_id"]) for row in before]:
            await post(self.site, note, name)
        for one, body in bodies.items():
            await self._rewrite(one, body)
        return Written(external_id=note.on.id)

    async def _rewrite(self, message: int, body: str) -> None:
        context = await self.site.tables.context()
        await self.site.client.write(self.model, [message], {"body": body}, context=context)

    async def _asked(self, keys: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """The messages of each key, the oldest first; a key that has none is absent."""
        either: list[Any] = ["|"] * (len(keys) - 1)
        domain = [*either, *(("message_id", "=like", f"<{key}.%@qantara>") for key in keys)]
        names = ["message_id", "body", "res_id"]
        found: dict[str, list[dict[str, Any]]] = {}
        for row in await self.site.rows(self.model, domain, names) if keys else ():
            key = text(row["message_id"]).strip("<>").partition(".")[0]
            found.setdefault(key, []).append(row)
        return found


def _message_id(key: str, occasion: str) -> str:
    return f"<{key}.{sha256(occasion.encode()).hexdigest()[:16]}@qantara>"

"""Posts what somebody wrote in another Odoo on the matching record here, each message once."""

import html
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any

from qantara.connectors.base import Outcome, Write, Written
from qantara.connectors.odoo import files
from qantara.connectors.odoo.files import Brought, Place
from qantara.connectors.odoo.mapping.message import composed
from qantara.connectors.odoo.mapping.values import text
from qantara.connectors.odoo.messages import MODELS
from qantara.connectors.odoo.notes import ESCAPES, Notes, message_id
from qantara.connectors.odoo.writing import Writer, its
from qantara.model import Message
from qantara.transport import AuthFailed, NotFound, Rejected

_EMAIL = "email_normalized"

SUBTYPES = {"comment": "mail.mt_comment", "note": "mail.mt_note"}


class Messages(Writer):
    """mail.message, by message_post: whoever follows the record hears of it as of any comment."""

    entity, model = "message", "mail.message"

    async def lookup(self, keys: Sequence[str]) -> dict[str, str]:
        """Messages by our Message-Id."""
        return await Notes(self.site).lookup(keys)

    async def write(self, writes: Sequence[Write]) -> list[Outcome]:
        """One after the other, as they were written over there."""
        new = [one for one in writes if one.external_id is None]
        there = await self.lookup([one.key for one in new]) if new else {}
        people = await self._people({its(Message, one).email for one in new})
        done: list[Outcome] = []
        for one in writes:
            try:
                done.append(Written(external_id=await self._write(one, there, people)))
            except (Rejected, NotFound, AuthFailed) as error:
                done.append(error)
        return done

    async def empty(self, ids: Sequence[str]) -> list[Outcome]:
        """As Odoo deletes a message: its text and its files go, nobody is shown it any more."""
        for one in ids:
            with suppress(NotFound):
                await self._set(int(one), "", ())
        return [Written(external_id=one) for one in ids]

    async def _write(self, one: Write, there: dict[str, str], people: dict[str, int]) -> str:
        if one.external_id is not None:
            with suppress(NotFound):  # somebody removed the copy: nothing is left to change
                await self._edit(one, int(one.external_id))
            return one.external_id
        return there.get(one.key) or await self._post(one, people)

    async def _post(self, write: Write, people: dict[str, int]) -> str:
        message = its(Message, write)
        place = _place(message)
        brought = await files.bring(self.site, place, message.attachments, write)
        server = await self.site.client.enter()
        told: dict[str, Any] = {"body_is_html": True} if server.major >= ESCAPES else {}
        if author := people.get(message.email.lower()):
            told["author_id"] = author
        posted = await self.site.client.call(
            place.model,
            "message_post",
            [place.id],
            body=composed(message, brought.ids, brought.left),
            message_id=message_id(write.key),
            message_type="comment",
            subtype_xmlid=SUBTYPES[message.kind],
            attachment_ids=list(brought.ids.values()),
            context=await self.site.tables.context(),
            **told,
        )
        return str(posted[0] if isinstance(posted, list) else posted)

    async def _edit(self, write: Write, number: int) -> None:
        message = its(Message, write)
        if message.deleted and message.body:
            await self._mark(message, number)
            return
        brought = Brought(ids={}, left=())
        if not message.deleted:
            brought = await files.bring(self.site, _place(message), message.attachments, write)
        body = "" if message.deleted else composed(message, brought.ids, brought.left)
        await self._set(number, body, list(dict.fromkeys(brought.ids.values())))

    async def _set(self, number: int, body: str, attached: Sequence[int]) -> None:
        [row] = await self._rows(number, "attachment_ids")
        values = {"body": body, "attachment_ids": [(6, 0, list(attached))]}
        await self.site.client.write(self.model, [number], values)
        await self._drop(set(row["attachment_ids"]) - set(attached))

    async def _mark(self, message: Message, number: int) -> None:
        """Add the sentence below the text, once; the files stay."""
        [row] = await self._rows(number, "body")
        line = f"<p><em>{html.escape(message.body)}</em></p>"
        if message.body not in html.unescape(text(row["body"])):
            await self.site.client.write(self.model, [number], {"body": text(row["body"]) + line})

    async def _drop(self, ids: Collection[int]) -> None:
        """Files that the author took away, unless another message has them, too."""
        if not ids:
            return
        domain = [("attachment_ids", "in", sorted(ids))]
        needed = await self.site.rows(self.model, domain, ["attachment_ids"])
        gone = set(ids) - {one for row in needed for one in row["attachment_ids"]}
        if gone:
            await self.site.client.call(files.MODEL, "unlink", sorted(gone))

    async def _rows(self, number: int, *names: str) -> list[dict[str, Any]]:
        rows = await self.site.rows(self.model, [("id", "=", number)], names)
        if not rows:
            raise NotFound(f"The message {number} is gone.")
        return rows

    async def _people(self, emails: Collection[str]) -> dict[str, int]:
        """The one contact with each e-mail address; where there are several, none is meant."""
        wanted = sorted({one.lower() for one in emails if one})
        if not wanted:
            return {}
        domain = [(_EMAIL, "in", wanted), ("active", "=", True)]
        found: dict[str, list[int]] = {}
        for row in await self.site.rows("res.partner", domain, [_EMAIL]):
            found.setdefault(text(row[_EMAIL]), []).append(int(row["id"]))
        return {email: ids[0] for email, ids in found.items() if len(ids) == 1}


def _place(message: Message) -> Place:
    if message.on.entity not in MODELS:
        raise Rejected(f"Odoo takes no message on a {message.on.entity}.")
    return Place(model=MODELS[message.on.entity], id=int(message.on.id))

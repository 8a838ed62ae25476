"""Chatter: messages, what they are attached to, and the files that come with them."""

import base64
import binascii
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from qantara.sandbox.odoo.business.images import described, keep_attachment
from qantara.sandbox.odoo.errors import NotImitated, PythonError, UserError, value_error
from qantara.sandbox.odoo.html import as_text_body, sanitize
from qantara.sandbox.odoo.model import Model, Values
from qantara.sandbox.odoo.store import Row

POST_ARGUMENTS = frozenset(
    {
        *("body", "subject", "message_type", "subtype_xmlid", "subtype_id", "parent_id"),
        *("attachments", "attachment_ids", "author_id", "email_from", "partner_ids"),
        *("message_id", "body_is_html"),
    }
)


class Attachment(Model):
    """Files on records. Pictures of records are hidden unless res_field or id is asked for."""

    ORDER = "id desc"
    HIDDEN = (("id", "res_field"), [["res_field", "=", False]])
    DEFAULTS: ClassVar = {"type": "binary", "public": False, "company_id": 1}
    COMPUTES: ClassVar = {"res_name": "_res_name", "db_datas": "_nothing"}
    METHODS = frozenset({"generate_access_token"})

    def generate_access_token(self, ids: Sequence[int]) -> list[str]:
        """One for each file, made when there is none; whoever knows it may read the file."""
        tokens = []
        for each in self.existing(ids):
            token = self.row(each).get("access_token") or str(uuid.uuid4())
            if not self.row(each).get("access_token"):
                self.put(each, access_token=token)
            tokens.append(token)
        return tokens

    def keep_picture(self, model: Model, record_id: int, field: str) -> None:
        """A record's picture was stored: its attachment follows."""
        keep_attachment(model, record_id, field)

    def _res_name(self, row: Row) -> str | None:
        if not row.get("res_model") or not row.get("res_id"):
            return None
        model = self.env.model(row["res_model"])
        found = model.table.rows.get(row["res_id"])
        return model.display_name(found) if found else None

    def _nothing(self, row: Row) -> None:
        """Files lie in the file store."""

    def _on_created(self, record_id: int, vals: Values) -> None:
        self._on_written([record_id], vals)

    def _on_written(self, ids: list[int], vals: Values) -> None:
        if "datas" not in vals:
            return
        for record_id in ids:
            row = self.row(record_id)
            try:
                content = base64.b64decode(row.get("datas") or "")
            except binascii.Error as error:
                raise PythonError("binascii.Error", str(error)) from None
            facts = described(content, row.get("name") or "")
            if vals.get("mimetype"):
                facts.pop("mimetype")
            self.put(record_id, **facts)


class Message(Model):
    """Chatter. Followers, notifications and tracking values are not imitated."""

    ORDER = "id desc"
    REC_NAME = "record_name"
    DEFAULTS: ClassVar = {
        "message_type": "comment",
        "date": lambda model: model.env.stamp[:19],
        "is_internal": False,
    }

    def _on_creating(self, vals: Values) -> Values:
        if not vals.get("message_id"):
            number = self.env.store.next_number("message-id")
            vals["message_id"] = f"<{number:015}.openerp-{vals.get('res_id') or 'private'}@odoo>"
        if "author_id" not in vals and not vals.get("email_from"):
            users = self.env.model("res.users")
            vals["author_id"] = users.row(self.env.uid)["partner_id"]
        if vals.get("author_id") and not vals.get("email_from"):
            vals["email_from"] = self._formatted(vals["author_id"])
        return vals

    def _formatted(self, partner: int) -> str:
        row = self.env.model("res.partner").row(partner)
        return f'"{row.get("name")}" <{row.get("email") or ""}>'

    def _display_name(self, row: Row) -> str:
        return str(row.get("record_name") or f"mail.message,{row['id']}")

    def post(self, model: Model, record_id: int, given: Mapping[str, Any]) -> int:
        """What `message_post` does for one record."""
        kind = given.get("message_type", "notification")
        self._check_post(given, kind)
        vals: Values = {
            "model": model.name,
            "res_id": record_id,
            "record_name": model.display_name(model.row(record_id)),
            "message_type": kind,
            "subtype_id": self._subtype(given),
            "body": self._body(given),
        }
        for name in ("subject", "parent_id", "author_id", "email_from", "message_id"):
            if name in given:
                vals[name] = given[name]
        for name in ("partner_ids", "attachment_ids"):
            if given.get(name):
                vals[name] = [(6, 0, list(given[name]))]
        message = self.make(vals)
        self._attach(message, model.name, record_id, given)
        return message

    def _check_post(self, given: Mapping[str, Any], kind: str) -> None:
        unknown = ", ".join(sorted(given.keys() - POST_ARGUMENTS))
        if unknown and self.env.version > 16:
            raise value_error(
                f"Those values are not supported when posting or notifying: {unknown}"
            )
        if unknown:
            raise NotImitated(f"message_post with {unknown}, which 16 keeps without a word")
        if kind == "user_notification":
            raise value_error("Use message_notify to send a notification to an user.")
        if given.get("author_id"):
            nobody = not self.env.model("res.partner").row(given["author_id"]).get("email")
        else:
            nobody = "email_from" in given and not given["email_from"]
        if nobody:
            raise UserError("Unable to send message, please configure the sender's email address.")

    def _subtype(self, given: Mapping[str, Any]) -> int:
        if given.get("subtype_id"):
            return int(given["subtype_id"])
        return self.env.reference(given.get("subtype_xmlid") or "mail.mt_note")

    def _body(self, given: Mapping[str, Any]) -> str:
        body = str(given.get("body") or "")
        if self.env.version == 16 or given.get("body_is_html") or not body:
            return sanitize(body)
        return as_text_body(body)

    def _attach(self, message: int, model: str, res_id: int, given: Mapping[str, Any]) -> None:
        attachments = self.env.model("ir.attachment")
        ids = list(given.get("attachment_ids") or ())
        for each in attachments.existing(ids):
            if attachments.row(each).get("res_model") == "mail.compose.message":
                attachments.write(each, {"res_model": model, "res_id": res_id})
        for name, content, *_ in given.get("attachments") or ():
            vals = {"name": name, "datas": content, "res_model": model, "res_id": res_id}
            ids.append(attachments.make(vals))
        if ids:
            self.put(message, attachment_ids=tuple(ids))


class Subtype(Model):
    """Note, discussion and the like."""

    ORDER = "sequence, id"
    DEFAULTS: ClassVar = {"default": True, "internal": False, "hidden": False, "sequence": 1}

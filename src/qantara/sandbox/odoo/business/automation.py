"""Automation rules and server actions: what customers add without a module."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from qantara.sandbox.odoo import recordset
from qantara.sandbox.odoo.errors import AccessError, NotImitated, UserError
from qantara.sandbox.odoo.model import Model, Values

SAVE, DELETE = "on_create_or_write", "on_unlink"


BINDING = {"binding_type": "action", "binding_view_types": "list,form"}


class Action(Model):
    """ir.actions.server: code, and from 17 on webhooks; other kinds are refused."""

    DEFAULTS: ClassVar = {"state": "code", "usage": "ir_actions_server", **BINDING}
    METHODS = frozenset({"run"})
    STATES: ClassVar[frozenset[str]] = frozenset({"code", "webhook"})

    def run(self, ids: list[int]) -> Any:
        """By a caller: whoever is in one of its groups. The code's `action` is the answer."""
        result: Any = False
        for one in self.existing(ids):
            self._check_groups(one)
            model = self.env.store.table("ir.model").rows[self.row(one)["model_id"]]["model"]
            context = self.env.context
            about = context.get("active_model") == model
            active = list(context.get("active_ids") or ()) if about else []
            result = self.perform(one, model, active) or result
        return result

    def perform(self, number: int, model: str, ids: list[int]) -> Any:
        """Do what the action says with these records."""
        row = self.row(number)
        if row["state"] == "code":
            return recordset.run(self.env, row.get("code") or "", model, ids)
        for one in ids:
            self._send(row, model, one)
        return None

    def _send(self, row: Mapping[str, Any], model: str, record_id: int) -> None:
        """Until 18 inside the transaction, which may yet be rolled back; from 19 on after it."""
        names = [
            self.env.store.table("ir.model.fields").rows[one]["name"]
            for one in row.get("webhook_field_ids") or ()
        ]
        other = self.env.model(model)
        told = other.read([record_id], names, load=None)[0] if names else {}
        if "write_date" in told:  # as Python prints it: with the fractions that the API leaves out
            told["write_date"] = other.row(record_id)["write_date"]
        about = f"{row['name']}(#{row['id']})"
        body = {**told, "_model": model, "_id": record_id, "_action": about}
        url = str(row["webhook_url"])
        sent = json.dumps(body, sort_keys=True).encode()
        outside = self.env.database.outside
        if self.env.version < 19:
            outside.post(url, sent)
        else:
            self.env.store.after_commit.append(lambda: outside.post(url, sent))

    def _check_groups(self, number: int) -> None:
        groups = self.row(number).get("group_ids" if self.env.version >= 19 else "groups_id")
        if not groups:
            raise NotImitated("running a server action that is for no group")
        if not set(groups) & groups_of(self, self.env.uid):
            raise AccessError("You don't have enough access rights to run this action.")

    def _on_creating(self, vals: Values) -> Values:
        self._check_kind(vals)
        return vals

    def _on_writing(self, record_id: int, vals: Values) -> None:
        self._check_kind({**self.row(record_id), **vals})

    def _check_kind(self, vals: Mapping[str, Any]) -> None:
        if vals["state"] not in self.STATES:
            raise NotImitated(f"server actions of the kind {vals['state']}")
        if vals["state"] == "code":
            recordset.check(vals.get("code") or "")
        elif not vals.get("webhook_url"):
            raise UserError("I'll be happy to send a webhook for you, but you really need a URL.")


class Automation(Model):
    """base.automation of 17 and later: a trigger with actions of its own."""

    DEFAULTS: ClassVar = {"active": True}

    def fire(self, model: Model, trigger: str, record_id: int) -> None:
        """Run the rules of this model for the record, in its transaction."""
        actions: Any = self.env.model("ir.actions.server")
        models = self.env.store.table("ir.model").rows
        for row in list(self.table.rows.values()):
            if not row.get("active") or row["trigger"] != trigger:
                continue
            if models[self.value(row["id"], "model_id")]["model"] == model.name:
                for one in self.actions(row["id"]):
                    actions.perform(one, model.name, [record_id])

    def actions(self, record_id: int) -> list[int]:
        """What a rule does, in order."""
        return list(self.value(record_id, "action_server_ids"))

    def _on_creating(self, vals: Values) -> Values:
        if vals.get("action_server_ids") and self.env.uid not in administrators(self):
            raise AccessError(  # Odoo's `sudo` is lost on the way to the actions of a rule
                "You are not allowed to create 'Server Action' (ir.actions.server) records."
            )
        if vals.get("trigger") not in (SAVE, DELETE):
            raise NotImitated(f"automation rules on {vals.get('trigger')}")
        return vals


class AutomationOf16(Automation):
    """On 16 the rule is its action, and leaves it behind when it is deleted."""

    OWNER = "action_server_id"
    RELATED: ClassVar = {
        name: f"action_server_id.{name}" for name in ("name", "model_id", "state", "code")
    }

    def actions(self, record_id: int) -> list[int]:
        """The one there is."""
        return [self.row(record_id)["action_server_id"]]

    def _on_creating(self, vals: Values) -> Values:
        vals = super()._on_creating(vals)
        if "action_server_id" in vals:
            return vals
        told = {name: vals.pop(name) for name in self.RELATED if name in vals}
        action = self.env.model("ir.actions.server").make({**told, "usage": "base_automation"})
        return {**vals, "action_server_id": action}


class Groups(Model):
    """res.groups."""


def administrators(model: Model) -> set[int]:
    """The system itself, and the members of its own group."""
    members = "user_ids" if model.env.version >= 19 else "users"
    group = model.env.reference("base.group_system")
    return {1, *(model.env.store.table("res.groups").rows[group].get(members) or ())}


def groups_of(model: Model, uid: int) -> set[int]:
    """The groups a user is in."""
    members = "user_ids" if model.env.version >= 19 else "users"
    rows = model.env.store.table("res.groups").rows.values()
    return {row["id"] for row in rows if uid in (row.get(members) or ())}


class Access(Model):
    """ir.model.access: it decides only of manual models; of others the accounts say."""

    DEFAULTS: ClassVar = {"active": True}

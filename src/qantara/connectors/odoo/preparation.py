"""Prepares an Odoo for capture, over its interface: the outbox, who may empty it, the rules.

It is done by a person who may make server actions; the user of the connection then needs to read
and delete rows of the outbox, no more. Whatever is made carries an external id `qantara.outbox_...`,
so that it is found again: doing it twice changes nothing, and removing it leaves nothing behind.
"""

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qantara.connectors.base import Connection, Finding
from qantara.connectors.odoo.actions import HEAD, MARK, OUTBOX, SETUP, Rule, guard, rules
from qantara.connectors.odoo.client import Client
from qantara.connectors.odoo.loading import MODULE
from qantara.connectors.odoo.outbox import Outbox
from qantara.connectors.odoo.polling import Stream
from qantara.connectors.odoo.schema import pick
from qantara.connectors.odoo.tables import EVERYTHING
from qantara.transport import AuthFailed, Rejected, Unsupported

MODEL, GROUP, GUARD = f"{MARK}model", f"{MARK}group", f"{MARK}guard"
ACCESS, KEEPERS = f"{MARK}access", f"{MARK}keepers"

PARTS = {
    MODEL: f"The table {OUTBOX}",
    GROUP: "The group of those who may empty it",
    ACCESS: "The right to read and delete its rows",
    KEEPERS: "The right of administrators to all of it",
    GUARD: "The guard, a server action that watches over the rules",
}

COLUMNS = (
    ("x_model", "char", "Model"),
    ("x_field", "char", "Field of the owner"),
    ("x_owner", "integer", "Owner"),
    ("x_operation", "char", "Operation"),
    ("x_note", "text", "Note"),
)

RIGHTS = {
    "ir.model": ("create", "unlink"),
    "ir.model.access": ("create", "unlink"),
    "ir.model.data": ("create", "unlink"),
    "ir.actions.server": ("create", "write", "unlink"),
    "base.automation": ("create", "unlink"),
    "res.groups": ("create", "write", "unlink"),
}
"""What preparing needs beyond reading."""

RULES = "base.automation"
ADMINISTRATORS = "base.group_system"

Known = Mapping[str, tuple[str, int]]
"""The name of a part -> its model and id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """For whom an outbox is made: the connection, its user's id, and what is to be watched.

    `group` is the external id of a group of Odoo that may empty it; "" keeps the one there is, or
    makes one with that user in it.
    """

    connection: Connection
    user: int
    streams: Sequence[Stream]
    group: str = ""


class Preparation:
    """Makes, describes and removes the outbox, as the user of `client`."""

    def __init__(self, client: Client, wish: Wish) -> None:
        self._client = client
        self._wish = wish
        self._outbox = Outbox(wish.connection, client)
        self._channel = f"qantara_{secrets.token_hex(20)}"  # whoever knows it may listen

    async def plan(self) -> Sequence[Finding]:
        """What is there ("ok"), is not as it should be ("warning"), or would be made ("missing").

        Whoever may empty the outbox learns what the guard says of it. Raises AuthFailed when even
        that is not allowed, Unsupported without Odoo's module.
        """
        if await self._lacking() and (told := await self._outbox.ask_guard()):
            waiting = await self._outbox.waiting()
            there = Finding(level="ok", what=f"The outbox: there; {waiting} rows wait.")
            return [there, *(_finding(f"The rule {one}", how) for one, how in told.found.items())]
        await self._check()
        await self._check_owner()
        known = await self._known()
        wanted = [name for name in PARTS if name != GROUP or not self._wish.group]
        whole = {MODEL, GUARD} <= known.keys()
        told = await self._outbox.ask_guard() if whole else None
        findings = [_finding(PARTS[name], "" if name in known else "absent") for name in wanted]
        for rule in await self._rules():
            absent = "" if rule.key in known else "absent"
            wrong = told.found.get(rule.key, "") if told else ""
            findings.append(_finding(_RULE.format(rule=rule), absent or wrong))
        if whole and not told:
            findings.append(_finding("What the outbox says of itself", "altered"))
        return findings

    async def install(self) -> Sequence[Finding]:
        """Make what is missing, mend what is not as it should be; says what. Safe to repeat."""
        before = await self.plan()
        known = dict(await self._known())
        if MODEL not in known:
            known[MODEL] = await self._make(MODEL, "ir.model", _model())
        await self._grant(known)
        made = await self._rules()
        await self._set_guard(known, made)
        await self._describe(known, made)
        await self._drop_others(known, {rule.key for rule in made})
        await self._outbox.ask_guard(qantara_mend=True)
        self._client.forget_fields()
        return [one for one in before if one.level != "ok"]

    async def remove(self) -> Sequence[Finding]:
        """Take away all that `install` made, with the rows that wait. Safe to repeat."""
        await self._check()
        known = await self._known()
        await self._drop_rules([known[name] for name in known if known[name][0] == RULES])
        for name in (GUARD, ACCESS, KEEPERS, MODEL, GROUP):
            if name in known:
                model, number = known[name]
                await self._client.call(model, "unlink", [number])
        await self._drop_orphans()
        self._outbox.forget_setup()
        self._client.forget_fields()
        gone = [PARTS[name] for name in PARTS if name in known]
        number = sum(model == RULES for model, _ in known.values())
        gone += [f"{number} rules"] if number else []
        return [Finding(level="ok", what=f"{what}: removed.") for what in gone]

    async def aclose(self) -> None:
        """Let go of the network."""
        await self._client.close()

    async def _check(self) -> None:
        await self._client.enter()
        if not await self._client.has_model(RULES):
            raise Unsupported(
                "This Odoo has no automation rules (the module base_automation).",
                remedy="Install Automation Rules in Odoo: Apps. It belongs to Odoo and is free.",
            )
        if lacking := await self._lacking():
            raise AuthFailed(
                f"The user {self._client.server.login} may not prepare Odoo: he lacks rights on"
                f" {', '.join(lacking)}.",
                remedy="Name an administrator of Odoo (Settings) for this step alone: --login.",
            )

    async def _lacking(self) -> list[str]:
        """The models that the user may not change as it takes."""
        return [
            model
            for model, operations in RIGHTS.items()
            if not all([await self._client.may(model, operation) for operation in operations])
        ]

    async def _check_owner(self) -> None:
        """One outbox is emptied by one connection; two would take each other's rows."""
        if not await self._client.has_model(OUTBOX):
            return
        for row in await self._described():
            owner = json.loads(row["x_note"])["connection"]
            if owner != self._wish.connection.name:
                raise Unsupported(
                    f"The outbox of this Odoo belongs to the connection {owner}.",
                    remedy=f"If {owner} is no more, remove it: qantara outbox remove "
                    f"{self._wish.connection.name}",
                )

    async def _described(self) -> list[dict[str, Any]]:
        return await self._client.search_read(OUTBOX, [("x_operation", "=", SETUP)], ["x_note"])

    async def _known(self) -> Known:
        """What there is of ours; a name whose record is gone is left out."""
        ours = [("module", "=", MODULE), ("name", "=like", f"{MARK}%")]
        rows = await self._client.search_read("ir.model.data", ours, ["name", "model", "res_id"])
        found: dict[str, tuple[str, int]] = {}
        for model in sorted({row["model"] for row in rows}):
            named = {row["res_id"]: row["name"] for row in rows if row["model"] == model}
            there = [("id", "in", sorted(named))]
            for one in await self._client.search(model, there, context=EVERYTHING):
                found[named[one]] = (model, one)
        return found

    async def _rules(self) -> list[Rule]:
        """The rules as they should be; a channel once chosen is kept."""
        setup = await self._outbox.setup()
        channel = setup.channel if setup else self._channel
        there = [one for one in self._wish.streams if await self._client.has_model(one.model)]
        return rules(there, channel)

    async def _make(self, name: str, model: str, values: Mapping[str, Any]) -> tuple[str, int]:
        """A record and its name. What an interrupted attempt left without a name is not ours."""
        (number,) = await self._client.create(model, [values])
        stale = [("module", "=", MODULE), ("name", "=", name)]
        if gone := await self._client.search("ir.model.data", stale):
            await self._client.call("ir.model.data", "unlink", gone)
        told = {"module": MODULE, "name": name, "model": model, "res_id": number, "noupdate": True}
        await self._client.create("ir.model.data", [told])
        return model, number

    async def _grant(self, known: dict[str, tuple[str, int]]) -> None:
        """The run-time user reads and deletes; administrators do all."""
        model = known[MODEL][1]
        if KEEPERS not in known:
            every = dict.fromkeys(("perm_read", "perm_write", "perm_create", "perm_unlink"), True)
            group = await self._referred(ADMINISTRATORS)
            named = {"name": "Qantara outbox, administrators", "model_id": model, "group_id": group}
            known[KEEPERS] = await self._make(KEEPERS, "ir.model.access", {**named, **every})
        group = await self._group(known)
        if ACCESS in known:
            number = known[ACCESS][1]
            (row,) = await self._client.read("ir.model.access", [number], ["group_id"])
            if _ids(row["group_id"]) != [group]:
                await self._client.write("ir.model.access", [number], {"group_id": group})
            return
        rights = {"perm_read": True, "perm_unlink": True, "perm_write": False, "perm_create": False}
        named = {"name": "Qantara outbox", "model_id": model, "group_id": group}
        known[ACCESS] = await self._make(ACCESS, "ir.model.access", {**named, **rights})

    async def _group(self, known: dict[str, tuple[str, int]]) -> int:
        """The group wished for, else the one in use, else one of our own with the user in it."""
        if self._wish.group:
            return await self._referred(self._wish.group)
        if ACCESS in known and GROUP not in known:
            (row,) = await self._client.read("ir.model.access", [known[ACCESS][1]], ["group_id"])
            return int(row["group_id"][0])
        if GROUP not in known:
            told = {"name": "Qantara outbox", "comment": "May empty the outbox of Qantara."}
            known[GROUP] = await self._make(GROUP, "res.groups", told)
        members = pick(await self._client.fields("res.groups"), "user_ids", "users") or "users"
        number = known[GROUP][1]
        (row,) = await self._client.read("res.groups", [number], [members])
        if self._wish.user not in row[members]:
            await self._client.write("res.groups", [number], {members: [(4, self._wish.user)]})
        return number

    async def _referred(self, name: str) -> int:
        module, _, short = name.partition(".")
        match = [("module", "=", module), ("name", "=", short), ("model", "=", "res.groups")]
        rows = await self._client.search_read("ir.model.data", match, ["res_id"])
        if not rows:
            raise Rejected(
                f"Odoo has no group with the external id {name!r}.",
                remedy="Name it as Odoo does, for example sales_team.group_sale_manager.",
            )
        return int(rows[0]["res_id"])

    async def _set_guard(self, known: dict[str, tuple[str, int]], made: Sequence[Rule]) -> None:
        """Only those who may empty the outbox may run it; it works with Odoo's own rights."""
        fields = await self._client.fields("ir.actions.server")
        groups = pick(fields, "group_ids", "groups_id") or "groups_id"
        (access,) = await self._client.read("ir.model.access", [known[ACCESS][1]], ["group_id"])
        may = sorted({access["group_id"][0], await self._referred(ADMINISTRATORS)})
        code = guard(made, self._client.server.major)
        if GUARD not in known:
            told = {"name": "Qantara: guard", "model_id": known[MODEL][1], "state": "code"}
            told |= {"code": code, groups: [(6, 0, may)]}
            known[GUARD] = await self._make(GUARD, "ir.actions.server", told)
            return
        number = known[GUARD][1]
        (row,) = await self._client.read("ir.actions.server", [number], ["code", groups])
        if (row["code"].strip(), sorted(row[groups])) != (code.strip(), may):
            changed = {"code": code, groups: [(6, 0, may)]}
            await self._client.write("ir.actions.server", [number], changed)

    async def _describe(self, known: Known, made: Sequence[Rule]) -> None:
        """The one row that tells the run-time user of the rest."""
        setup = await self._outbox.setup()
        told = {
            "connection": self._wish.connection.name,
            "channel": setup.channel if setup else self._channel,
            "guard": known[GUARD][1],
            "models": sorted({rule.model for rule in made}),
        }
        note = json.dumps(told)
        there = await self._described()
        if not there:
            await self._client.create(OUTBOX, [{"x_operation": SETUP, "x_note": note}])
        elif there[0]["x_note"] != note:
            await self._client.write(OUTBOX, [there[0]["id"]], {"x_note": note})
        self._outbox.forget_setup()

    async def _drop_others(self, known: Known, wanted: Collection[str]) -> None:
        """Rules of models that are watched no more."""
        extra = [name for name, (model, _) in known.items() if model == RULES]
        await self._drop_rules([known[name] for name in extra if name not in wanted])

    async def _drop_orphans(self) -> None:
        """On 16 a rule that somebody deleted by hand has left its action behind."""
        ours = [("code", "=like", f"{HEAD.strip()}%")]
        if left := await self._client.search("ir.actions.server", ours):
            await self._client.call("ir.actions.server", "unlink", left)

    async def _drop_rules(self, parts: Sequence[tuple[str, int]]) -> None:
        """The rules with their actions, which 16 would leave behind."""
        if not parts:
            return
        numbers = [number for _, number in parts]
        fields = await self._client.fields(RULES)
        link = pick(fields, "action_server_ids", "action_server_id") or "action_server_id"
        rows = await self._client.read(RULES, numbers, [link])
        await self._client.call(RULES, "unlink", numbers)
        actions = [one for row in rows for one in _ids(row[link])]
        if left := await self._client.search("ir.actions.server", [("id", "in", actions)]):
            await self._client.call("ir.actions.server", "unlink", left)


_RULE = "The rule for {rule.model} ({rule.trigger})"

_WORDS = {
    "": ("ok", "{what}: there."),
    "absent": ("missing", "{what}: to be made."),
    "deleted": ("warning", "{what}: was deleted, to be made again."),
    "switched off": ("warning", "{what}: was switched off, to be made again."),
    "altered": ("warning", "{what}: was altered, to be made again."),
    "left without its webhook": ("warning", "{what}: lost its webhook, to be made again."),
}


def _finding(what: str, wrong: str) -> Finding:
    level, words = _WORDS[wrong]
    return Finding(level=level, what=words.format(what=what))


def _model() -> dict[str, Any]:
    fields = [
        {"name": name, "ttype": kind, "field_description": label, "state": "manual"}
        for name, kind, label in COLUMNS
    ]
    return {
        "name": "Qantara outbox",
        "model": OUTBOX,
        "state": "manual",
        "field_id": [(0, 0, one) for one in fields],
    }


def _ids(value: Any) -> list[int]:
    """Those of a one2many, or the one of a many2one."""
    if value and isinstance(value[0], int) and len(value) == 2 and isinstance(value[1], str):
        return [value[0]]
    return list(value or ())

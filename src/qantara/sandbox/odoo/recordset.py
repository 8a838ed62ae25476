"""What the Python of a server action sees: `env`, recordsets and a cursor, as far as imitated.

The code runs in the transaction of the change. Whatever it asks for that is not here is refused, so
that nothing passes which a real server might do otherwise.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qantara.sandbox.odoo import domain as domains
from qantara.sandbox.odoo.env import Env
from qantara.sandbox.odoo.errors import (
    NotImitated,
    OdooError,
    UserError,
    ValidationError,
    value_error,
)
from qantara.sandbox.odoo.values import ZEROS

if TYPE_CHECKING:
    from qantara.sandbox.odoo.model import Model

BUILTINS = {
    each.__name__: each
    for each in (
        len,
        sorted,
        zip,
        list,
        dict,
        set,
        tuple,
        str,
        int,
        float,
        round,
        any,
        all,
        max,
        min,
    )
}
FORBIDDEN = (ast.Import, ast.ImportFrom, ast.With, ast.Lambda, ast.FunctionDef, ast.ClassDef)
LOCK = re.compile(r"SELECT id FROM (x_\w+) WHERE id IN %s( ORDER BY id)? FOR UPDATE")
"""The other one: these rows wait for no one, as the stand-in runs one transaction at a time."""

WATERMARK = ("min(xact_start)", "pg_stat_activity")
"""What the one query that is understood is known by: since when the oldest transaction runs."""


def check(code: str) -> None:
    """Refuses what is no Python, as the real server does, and what is not imitated."""
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        raise ValidationError(f"SyntaxError : {error.msg} at line {error.lineno}\n{code}") from None
    for node in ast.walk(tree):
        named = getattr(node, "id", None) or getattr(node, "attr", None) or ""
        if "__" in named:
            raise ValidationError(f"Access to forbidden name {named!r} ({code!r})")
        if isinstance(node, FORBIDDEN):
            raise NotImitated(f"a server action with {type(node).__name__}")


def run(env: Env, code: str, model: str, ids: list[int]) -> Any:
    """Run it; the value of its variable `action`, or None."""
    world = World(env)
    records = Records(env, model, ids) if ids else None
    told: dict[str, Any] = {
        "__builtins__": BUILTINS,
        "env": world,
        "model": Records(env, model, []),
        "records": records,
        "record": records,
        "UserError": UserError,
    }
    try:
        exec(compile(code, "server action", "exec"), told)  # noqa: S102 - checked when it was stored
    except OdooError:
        raise
    except Exception as error:
        text = f'{type(error)}: "{error}" while evaluating\n{code!r}'
        raise value_error(text) from error
    return told.get("action")


class World:
    """`env`."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self.context: Mapping[str, Any] = env.context
        self.cr = Cursor(env)
        self.uid = env.uid
        self.user = Records(env, "res.users", [env.uid])

    def __contains__(self, name: str) -> bool:
        return name == "bus.bus" or self._env.has(name)

    def __getitem__(self, name: str) -> Any:
        if name == "bus.bus":
            return Bus(self._env)
        if not self._env.has(name):
            raise KeyError(name)
        return Records(self._env, name, [])

    def ref(self, name: str, raise_if_not_found: bool = True) -> Any:  # noqa: FBT001, FBT002 - Odoo's
        """The record behind an external id, archived or not."""
        data = self._env.model("ir.model.data")
        for found in data.table.with_value("complete_name", name):
            row = data.row(found)
            if row["res_id"] in self._env.model(row["model"]).table.rows:
                return Records(self._env, row["model"], [row["res_id"]])
        if raise_if_not_found:
            raise value_error(f"External ID not found in the system: {name}")
        return None


class Cursor:
    """`env.cr`: data of the transaction, its start, and one query."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self.precommit = Precommit(env)

    def now(self) -> str:
        """The start of the transaction."""
        return self._env.stamp

    def execute(self, query: str, params: Sequence[Any] = ()) -> None:
        """The stand-in runs one transaction at a time: there is none older than this."""
        locked = LOCK.fullmatch(query)
        if locked and params and params[0] and self._env.has(locked[1]):
            return
        if not all(part in query for part in WATERMARK):
            raise NotImitated("this query in a server action")

    def fetchone(self) -> tuple[str]:
        """The answer."""
        return (self._env.stamp[:19],)


class Precommit:
    """`env.cr.precommit`, of which only the data are imitated."""

    def __init__(self, env: Env) -> None:
        self.data = env.store.precommit


class Bus:
    """`env['bus.bus']`: rings after the commit, never after a rollback."""

    def __init__(self, env: Env) -> None:
        self._env = env

    def _sendone(self, channel: str, kind: str, message: Mapping[str, Any]) -> None:
        note = {"type": kind, "payload": dict(message)}
        bus = self._env.database.outside.bus
        self._env.store.after_commit.append(lambda: bus.ring(channel, note))


class Records:
    """A recordset. Rights are not looked at: rules run as the system, and `sudo` is everywhere."""

    def __init__(self, env: Env, name: str, ids: list[int]) -> None:
        self._env = env
        self._name = name
        self.ids = ids

    def __iter__(self) -> Iterator["Records"]:
        return (Records(self._env, self._name, [one]) for one in self.ids)

    def __len__(self) -> int:
        return len(self.ids)

    def __getattr__(self, name: str) -> Any:
        if name not in self._model.fields:
            raise NotImitated(f"{self._name}.{name} in a server action")
        field = self._model.fields[name]
        values = [self._model.value(one, name) for one in self.ids]
        if field.plural:
            return self._of(str(field.relation), [one for some in values for one in some or ()])
        if field.type == "many2one":
            return self._of(str(field.relation), [one for one in values if one])
        found = values[0] if values else None
        return ZEROS.get(field.type, False) if found is None else found

    @property
    def id(self) -> int | bool:
        """Of one record; False of none."""
        return self.ids[0] if self.ids else False

    @property
    def _model(self) -> "Model":
        return self._env.model(self._name)

    def sudo(self) -> "Records":
        """The same: nobody's rights are looked at here."""
        return self

    def with_context(self, **context: Any) -> "Records":
        """The same with these keys of the context."""
        return Records(self._env.using(**context), self._name, self.ids)

    def browse(self, given: int | list[int]) -> "Records":
        """These records, whether they are there or not."""
        return self._of(self._name, [given] if isinstance(given, int) else list(given))

    def invalidate_recordset(self) -> None:
        """Nothing is remembered here."""

    def exists(self) -> "Records":
        """Those that are there."""
        return self._of(self._name, [one for one in self.ids if one in self._model.table.rows])

    def search(self, domain: list[Any], limit: int | None = None) -> "Records":
        """Those that match."""
        return self._of(self._name, self._model.search(domain, limit=limit))

    def filtered_domain(self, domain: list[Any]) -> "Records":
        """Those of these that match."""
        test = domains.compiled(self._model, domains.parse(domain, self._env.version))
        rows = self._model.table.rows
        return self._of(self._name, [one for one in self.ids if test(rows[one])])

    def create(self, values: Any) -> "Records":
        """One record for a dict, many for a list."""
        made = self._model.create(values)
        return self._of(self._name, made if isinstance(made, list) else [made])

    def write(self, values: Any) -> bool:
        """The same values into all of them."""
        return self._model.write(self.ids, values)

    def unlink(self) -> bool:
        """Delete them."""
        return self._model.unlink(self.ids)

    def _of(self, name: str, ids: list[int]) -> "Records":
        return Records(self._env, name, ids)

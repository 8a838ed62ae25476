"""An Odoo seen by Python's own XML-RPC client: it shares no code with the connector."""

import xmlrpc.client
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]


@dataclass(slots=True)
class Witness:
    """Somebody at the keyboard of an Odoo, who looks and types without the hub."""

    url: str
    database: str
    login: str
    secret: str = field(repr=False)
    _uid: int = field(default=0, init=False)
    _fields: dict[str, set[str]] = field(default_factory=dict, init=False)

    @property
    def version(self) -> int:
        told: Any = self._proxy("common").version()
        return int(told["server_version_info"][0])

    def call(self, model: str, method: str, *args: Any, **context: Any) -> Any:
        """A public method; keywords are the context. A result of None is no fault here."""
        if not self._uid:
            answer: Any = self._proxy("common").authenticate(
                self.database, self.login, self.secret, {}
            )
            self._uid = answer
        who = (self.database, self._uid, self.secret)
        try:
            return self._proxy("object").execute_kw(*who, model, method, args, {"context": context})
        except xmlrpc.client.Fault as fault:
            if "cannot marshal None" in fault.faultString:
                return None
            raise

    def rows(
        self, model: str, domain: Sequence[Any], fields: Sequence[str], **context: Any
    ) -> list[Row]:
        """Archived ones too, by id; fields that this version lacks are absent."""
        have = [name for name in fields if name in self.fields(model)]
        ids = self.call(model, "search", list(domain), active_test=False)
        rows: list[Row] = self.call(model, "read", sorted(ids), have, **context) if ids else []
        return rows

    def row(self, model: str, domain: Sequence[Any], fields: Sequence[str], **context: Any) -> Row:
        """The only one."""
        [row] = self.rows(model, domain, fields, **context)
        return row

    def post(self, model: str, one: int, **told: Any) -> int:
        """A message on a record, as message_post takes it."""
        self.call("res.users", "search", [("id", "=", 1)])
        who = (self.database, self._uid, self.secret)
        made: Any = self._proxy("object").execute_kw(*who, model, "message_post", [[one]], told)
        return int(made[0] if isinstance(made, list) else made)

    def create(self, model: str, values: Mapping[str, Any], **context: Any) -> int:
        known = {name: value for name, value in values.items() if name in self.fields(model)}
        one: int = self.call(model, "create", known, **context)
        return one

    def write(self, model: str, one: int, values: Mapping[str, Any], **context: Any) -> None:
        self.call(model, "write", [one], dict(values), **context)

    def fields(self, model: str) -> set[str]:
        if model not in self._fields:
            self._fields[model] = set(self.call(model, "fields_get", [], ["type"]))
        return self._fields[model]

    def _proxy(self, service: str) -> Any:
        return xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/{service}", allow_none=True)

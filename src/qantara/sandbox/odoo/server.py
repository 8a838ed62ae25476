"""The stand-in itself: what a test or a demonstration starts, looks into and disturbs."""

import asyncio
import copy
import ssl
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiohttp import web

from qantara.sandbox.kit import KINDS, Fault, StandIn
from qantara.sandbox.odoo.accounts import Accounts
from qantara.sandbox.odoo.bootstrap import Company, install
from qantara.sandbox.odoo.control import control_routes
from qantara.sandbox.odoo.dispatch import User, writes
from qantara.sandbox.odoo.endpoints import Endpoints, known_paths
from qantara.sandbox.odoo.env import Env
from qantara.sandbox.odoo.pace import Pace
from qantara.sandbox.odoo.registry import new_database
from qantara.sandbox.odoo.spec import VERSIONS
from qantara.sandbox.odoo.wire import version_info

MODULES = frozenset(
    {
        *("base", "product", "sale", "sale_management", "purchase", "stock", "sale_stock"),
        *("purchase_stock", "stock_sms", "account", "uom", "mail"),
    }
)


class OdooStandIn(StandIn):
    """An Odoo with one company and one database. Start it by `with`, speak to `url`."""

    FAULTS = KINDS | {"serialization", "session_expired"}

    def __init__(  # noqa: PLR0913 - everything about a server, all by keyword
        self,
        *,
        version: int = 16,
        database: str = "factory",
        company: str = "Nile Factory",
        currency: str = "SAR",
        languages: Sequence[str] = ("en_US", "ar_001"),
        login: str = "hub@example.com",
        key: str = "hub-key",
        password: str | None = "hub-password",  # noqa: S107 - a stand-in has no secrets
        port: int = 0,
        pace: str | None = None,
        workers: int = 2,
        modules: Iterable[str] | None = None,
        paths: Iterable[str] | None = None,
        tls: ssl.SSLContext | None = None,
        control: bool = False,
    ) -> None:
        super().__init__(port=port, tls=tls)
        if version not in VERSIONS:
            raise ValueError(f"no stand-in for Odoo {version}; there are {VERSIONS}")
        if pace not in (None, "measured"):
            raise ValueError(f"unknown pace {pace!r}; known: None, 'measured'")
        self.version = version
        self.database_name = database
        self.company = company
        self.paths = frozenset(known_paths(version) if paths is None else paths)
        self.pace = Pace(version) if pace else None
        self.workers = asyncio.Semaphore(workers if pace else 10_000)
        self.accounts = Accounts()
        self.database = new_database(version, frozenset(MODULES if modules is None else modules))
        self._control = control
        owner = Company(name=company, currency=currency, languages=tuple(languages))
        with self.lock:
            install(self._env(1), owner)
            self.database.store.commit()
        self._hub = self.add_user(login, key, password=password)

    def routes(self) -> list[web.RouteDef]:
        extra = control_routes(self) if self._control else []
        return [*extra, *Endpoints(self).routes()]

    def add_user(
        self,
        login: str,
        key: str,
        rights: Mapping[str, Sequence[str]] | None = None,
        *,
        password: str | None = None,
    ) -> int:
        """A user; rights are model -> operations, None means all. Returns the uid."""
        uid = self.create("res.users", {"name": login, "login": login, "email": login})
        self.accounts.add(uid, (login, key, password), rights)
        return uid

    def rows(self, model: str) -> list[dict[str, Any]]:
        """Copies of the stored rows: raw values, ids for relations, computed fields absent."""
        with self.lock:
            return copy.deepcopy(list(self.database.store.table(model).rows.values()))

    def create(self, model: str, vals: Mapping[str, Any], **context: Any) -> int:
        """As somebody at the keyboard would."""
        return int(self._act(lambda env: env.model(model).create(dict(vals)), context))

    def write(
        self, model: str, ids: int | Sequence[int], vals: Mapping[str, Any], **context: Any
    ) -> None:
        """As somebody at the keyboard would."""
        self._act(lambda env: env.model(model).write(ids, dict(vals)), context)

    def unlink(self, model: str, ids: int | Sequence[int]) -> None:
        """As somebody at the keyboard would."""
        self._act(lambda env: env.model(model).unlink(ids), {})

    def call(self, model: str, method: str, *args: Any, **context: Any) -> Any:
        """Any method, private ones included; keywords are the context."""
        return self._act(lambda env: getattr(env.model(model), method)(*args), context)

    def read(self, model: str, ids: Sequence[int], *fields: str, **context: Any) -> list[Any]:
        """As `read` answers over RPC."""
        return list(self._act(lambda env: env.model(model).read(ids, fields), context))

    def writes(self) -> int:
        """How many calls were served that change something."""
        with self.lock:
            return sum(
                call.service == "object" and call.error is None and writes(call.method)
                for call in self.calls
            )

    def fault(  # noqa: PLR0913 - what, where, how often
        self,
        kind: str,
        *,
        model: str | None = None,
        method: str | None = None,
        times: int = 1,
        after: int = 0,
        seconds: float = 1.0,
    ) -> None:
        """The next matching calls go wrong; `seconds` is for `slow`."""
        self.add_fault(
            Fault(kind=kind, model=model, method=method, times=times, after=after, seconds=seconds)
        )

    def deny(self, model: str, operation: str) -> None:
        """The hub's user loses read, write, create or unlink on a model."""
        if operation not in ("read", "write", "create", "unlink"):
            raise ValueError(f"unknown operation {operation!r}")
        with self.lock:
            self.accounts.by_uid[self._hub].denied.add((model, operation))

    def vacuum(self) -> None:
        """The scheduler's work: quants that are empty vanish."""
        self._act(lambda env: env.model("stock.quant").vacuum(), {})  # type: ignore[attr-defined]

    def environment(self) -> Env:
        """The system's own user in a new transaction; hold the lock and commit the store."""
        return self._env(1)

    def session_info(self, user: User) -> dict[str, Any]:
        """What opening a web session answers, the part that matters."""
        with self.lock:
            env = self._env(user.uid)
            row = env.model("res.users").row(user.uid)
            name = env.model("res.users").value(user.uid, "name")
            company = env.store.table("res.company").rows[1]["name"]
        facts = version_info(self.version)
        return {
            "uid": user.uid,
            "is_system": user.allowed is None,
            "is_admin": user.allowed is None,
            "user_context": {"lang": "en_US", "tz": False, "uid": user.uid},
            "db": self.database_name,
            "server_version": facts["server_version"],
            "server_version_info": facts["server_version_info"],
            "name": name,
            "username": user.login,
            "partner_id": row["partner_id"],
            "user_companies": {
                "current_company": 1,
                "allowed_companies": {"1": {"id": 1, "name": company, "sequence": 0}},
            },
        }

    def _env(self, uid: int, context: Mapping[str, Any] | None = None) -> Env:
        return Env(self.database, uid, self.database.store.now(), dict(context or {}))

    def _act(self, work: Any, context: Mapping[str, Any]) -> Any:
        with self.lock:
            try:
                result = work(self._env(1, context))
            except BaseException:
                self.database.store.rollback()
                raise
            self.database.store.commit()
            return result

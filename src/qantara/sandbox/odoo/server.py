"""The stand-in itself: what a test or a demonstration starts, looks into and disturbs."""

import asyncio
import copy
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from aiohttp import web

from qantara.sandbox.kit import KINDS, StandIn
from qantara.sandbox.odoo.accounts import Accounts
from qantara.sandbox.odoo.bootstrap import ADMINISTRATORS, Company, install, join
from qantara.sandbox.odoo.business.posting import BILLING
from qantara.sandbox.odoo.control import control_routes
from qantara.sandbox.odoo.dispatch import User, writes
from qantara.sandbox.odoo.endpoints import Endpoints, known_paths
from qantara.sandbox.odoo.env import Env
from qantara.sandbox.odoo.pace import Pace
from qantara.sandbox.odoo.registry import new_database
from qantara.sandbox.odoo.spec import VERSIONS
from qantara.sandbox.odoo.websocket import Lines
from qantara.sandbox.odoo.wire import version_info

MODULES = frozenset(
    {
        *("base", "product", "sale", "sale_management", "purchase", "stock", "sale_stock"),
        *("purchase_stock", "stock_sms", "account", "uom", "mail", "bus", "base_automation"),
        *("sales_team", "delivery", "stock_delivery"),
    }
)


class Options(TypedDict, total=False):
    """What `OdooStandIn` takes, all by keyword; the defaults are in `Settings`."""

    version: int
    database: str
    company: str
    currency: str
    languages: Sequence[str]
    login: str
    key: str
    password: str | None
    port: int
    pace: str | None
    workers: int
    modules: Iterable[str] | None
    paths: Iterable[str] | None
    tls: ssl.SSLContext | None
    control: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One server: its version, its company, its one user, its doors and its speed."""

    version: int = 16
    database: str = "factory"
    company: str = "Nile Factory"
    currency: str = "SAR"
    languages: Sequence[str] = ("en_US", "ar_001")
    login: str = "hub@example.com"
    key: str = "hub-key"
    password: str | None = "hub-password"  # noqa: S105 - a stand-in has no secrets
    port: int = 0
    pace: str | None = None
    workers: int = 2
    modules: Iterable[str] | None = None
    paths: Iterable[str] | None = None
    tls: ssl.SSLContext | None = None
    control: bool = False

    def __post_init__(self) -> None:
        if self.version not in VERSIONS:
            raise ValueError(f"no stand-in for Odoo {self.version}; there are {VERSIONS}")
        if self.pace not in (None, "measured"):
            raise ValueError(f"unknown pace {self.pace!r}; known: None, 'measured'")
        unknown = set(self.paths or ()) - set(known_paths(self.version))
        if unknown:
            raise ValueError(f"no such paths: {sorted(unknown)}; {known_paths(self.version)}")


class OdooStandIn(StandIn):
    """An Odoo with one company and one database. Start it by `with`, speak to `url`."""

    FAULTS = KINDS | {"serialization", "session_expired", "webhook_lost"}

    def __init__(self, **options: Unpack[Options]) -> None:
        settings = Settings(**options)
        super().__init__(port=settings.port, tls=settings.tls)
        self.settings = settings
        self.version = settings.version
        self.paths = frozenset(
            known_paths(settings.version) if settings.paths is None else settings.paths
        )
        self.pace = Pace(settings.version) if settings.pace else None
        self.workers = asyncio.Semaphore(settings.workers if settings.pace else 10_000)
        self.accounts = Accounts()
        self.lines = Lines(self)
        modules = MODULES if settings.modules is None else settings.modules
        self.database = new_database(settings.version, frozenset(modules))
        owner = Company(
            name=settings.company,
            currency=settings.currency,
            languages=tuple(settings.languages),
        )
        self.database.outside.lost = self._webhook_lost
        with self.lock:
            install(self._env(1), owner)
            self.database.store.commit()
        self._hub = self.add_user(settings.login, settings.key, password=settings.password)

    @property
    def database_name(self) -> str:
        return self.settings.database

    def routes(self) -> list[web.RouteDef]:
        extra = control_routes(self) if self.settings.control else []
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
        for group in self._groups(rights):
            self._act(lambda env, group=group: join(env, group, uid), {})
        return uid

    def _groups(self, rights: Mapping[str, Sequence[str]] | None) -> list[str]:
        """Who may make payments bills, and so may post."""
        bills = rights is None or "create" in rights.get("account.payment", ())
        known = self.database.schema.keys() & {"account.move"}
        return [
            "base.group_user",
            *([ADMINISTRATORS] if rights is None else []),
            *([BILLING] if bills and known else []),
        ]

    def break_lines(self) -> None:
        """All open websockets end, as when a proxy loses them."""
        self.lines.break_all()

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

    def deny(self, model: str, operation: str) -> None:
        """The hub's user loses read, write, create or unlink on a model."""
        if operation not in ("read", "write", "create", "unlink"):
            raise ValueError(f"unknown operation {operation!r}")
        with self.lock:
            self.accounts.by_uid[self._hub].denied.add((model, operation))

    def vacuum(self) -> None:
        """The scheduler's work: quants that are empty vanish."""
        self._act(lambda env: env.business("stock.quant").vacuum(), {})

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

    def _webhook_lost(self) -> bool:
        """Only a fault that is about webhooks is asked, and counted."""
        with self.lock:
            lost = [one for one in self._faults if one.kind == "webhook_lost"]
            return any(one.times > 0 and one.strikes("", "webhook") for one in lost)

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

"""What a connection can do and what is missing for the chosen entities, in words."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from qantara.connectors.base import Finding, Report
from qantara.connectors.odoo.client import Client, Server
from qantara.connectors.odoo.schema import pick
from qantara.transport import AuthFailed, Unsupported

SUPPORTED = range(14, 20)
TESTED = frozenset({16, 17, 18, 19})


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What an entity needs of one model.

    A field with other names elsewhere is written `tax_ids|tax_id`. `writes` are the operations
    needed beyond reading when the entity is written; empty for a model that is only referred to.
    Where an entity is read from one model and written to another, `only` says which way it is for.
    """

    model: str
    fields: Sequence[str] = ()
    modules: Sequence[str] = ()
    writes: Sequence[str] = ("create", "write")
    only: Literal["", "read", "write"] = ""

    def concerns(self, ways: Collection[str]) -> bool:
        """True when the entity is used in a way that this is needed for: read, write."""
        return not self.only or self.only in ways


Needs = Mapping[str, Sequence[Need]]


async def probe(
    client: Client, reads: Collection[str], writes: Collection[str], needs: Needs
) -> Report:
    """Log in, look at everything the entities need, and report. Raises only when it cannot enter."""
    server = await client.enter()
    world = await _world(client, server)
    findings = [finding for look in _LOOKS for finding in look(server, world)]
    findings += await _administrator(client)
    findings += _installed(await _modules(client), reads, writes, needs)
    for entity in sorted({*reads, *writes}):
        wanted = [
            one for one in needs.get(entity, ()) if one.concerns(_ways(entity, reads, writes))
        ]
        findings += await _entity(client, entity, wanted, writes=entity in writes)
    return Report(facts=_facts(server, world), findings=findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _World:
    """What the user sees of the database around him."""

    user: str
    company: str
    currency: str
    companies: tuple[str, ...]
    languages: frozenset[str]
    currencies: frozenset[str]
    wanted_languages: frozenset[str]
    wanted_currencies: frozenset[str]


async def _world(client: Client, server: Server) -> _World:
    (user,) = await client.read("res.users", [server.uid], ["name", "company_id", "company_ids"])
    companies = await client.read("res.company", user["company_ids"], ["name", "currency_id"])
    own = next(one for one in companies if one["id"] == user["company_id"][0])
    languages = await client.search_read("res.lang", [("active", "=", True)], ["code"])
    currencies = await client.search_read("res.currency", [("active", "=", True)], ["name"])
    settings = client.settings
    return _World(
        user=user["name"],
        company=own["name"],
        currency=own["currency_id"][1],
        companies=tuple(one["name"] for one in companies),
        languages=frozenset(one["code"] for one in languages),
        currencies=frozenset(one["name"] for one in currencies),
        wanted_languages=_listed(settings.get("languages", ""), client.language),
        wanted_currencies=_listed(settings.get("currencies", "")),
    )


def _listed(text: str, *more: str) -> frozenset[str]:
    return frozenset(filter(None, (*(part.strip() for part in text.split(",")), *more)))


def _facts(server: Server, world: _World) -> dict[str, str]:
    return {
        "url": server.url,
        "version": server.release,
        "edition": server.edition,
        "database": server.database,
        "user": f"{world.user} ({server.login or server.uid})",
        "company": f"{world.company} ({world.currency})",
        "companies": ", ".join(world.companies),
        "languages": ", ".join(sorted(world.languages)),
        "protocol": server.protocol,
        "why this protocol": " ".join(server.why),
        "credential": {"key": "API key", "password": "password"}[server.credential],
        "workers": "unknown (Odoo does not tell; give them as concurrency)",
    }


def _look_at_version(server: Server, _: _World) -> Iterator[Finding]:
    if server.major < SUPPORTED.start:
        yield Finding(
            level="missing",
            what=f"Odoo {server.release} is older than {SUPPORTED.start}.",
            remedy=f"Upgrade Odoo to {SUPPORTED.start} or later.",
        )
    elif server.major not in TESTED:
        age = "older" if server.major < min(TESTED) else "newer"
        yield Finding(
            level="warning",
            what=f"Odoo {server.release} is {age} than the versions tested "
            f"({min(TESTED)} to {max(TESTED)}).",
            remedy="Try the flows on a copy of the database first.",
        )


def _look_at_address(server: Server, _: _World) -> Iterator[Finding]:
    if server.url.startswith("http://"):
        yield Finding(
            level="warning",
            what="The connection is not encrypted (http).",
            remedy="Use https unless both machines share a network that you trust.",
        )


def _look_at_credential(server: Server, _: _World) -> Iterator[Finding]:
    if server.credential == "password" and server.major >= 14:
        yield Finding(
            level="warning",
            what="A password is used where an API key would do.",
            remedy="Make a key in Odoo (Preferences, Account Security): it can be revoked alone.",
        )


def _look_at_languages(_: Server, world: _World) -> Iterator[Finding]:
    known = {*world.languages, *(code.partition("_")[0] for code in world.languages)}
    for code in sorted(world.wanted_languages - known):
        yield Finding(
            level="missing",
            what=f"The language {code} is not active.",
            remedy="Add it in Odoo: Settings, Translations, Languages.",
        )


def _look_at_currencies(_: Server, world: _World) -> Iterator[Finding]:
    for code in sorted(world.wanted_currencies - world.currencies):
        yield Finding(
            level="missing",
            what=f"The currency {code} is not active.",
            remedy="Activate it in Odoo: Invoicing, Configuration, Currencies.",
        )


_LOOKS: Sequence[Callable[[Server, _World], Iterable[Finding]]] = (
    _look_at_version,
    _look_at_address,
    _look_at_credential,
    _look_at_languages,
    _look_at_currencies,
)


async def _administrator(client: Client) -> list[Finding]:
    """Only administrators may change ir.module.module, on every version."""
    if not await client.may("ir.module.module", "write"):
        return []
    return [
        Finding(
            level="warning",
            what="The user is an administrator and may do far more than the hub needs.",
            remedy="Make a user of its own for the hub, with the groups of the chosen entities.",
        )
    ]


async def _modules(client: Client) -> frozenset[str] | None:
    """The installed modules, or None when the user may not know."""
    try:
        found = await client.search_read(
            "ir.module.module", [("state", "=", "installed")], ["name"]
        )
    except (AuthFailed, Unsupported):
        return None
    return frozenset(one["name"] for one in found)


def _installed(
    modules: frozenset[str] | None, reads: Collection[str], writes: Collection[str], needs: Needs
) -> list[Finding]:
    if modules is None:
        return []
    wanted: dict[str, set[str]] = {}
    for entity in {*reads, *writes}:
        for need in needs.get(entity, ()):
            concerned = need.concerns(_ways(entity, reads, writes))
            for module in need.modules if concerned else ():
                wanted.setdefault(module, set()).add(entity)
    return [
        Finding(
            level="missing",
            what=f"The module {module} is not installed ({', '.join(sorted(entities))}).",
            remedy=f"Install {module} in Odoo: Apps.",
        )
        for module, entities in sorted(wanted.items())
        if module not in modules
    ]


def _ways(entity: str, reads: Collection[str], writes: Collection[str]) -> list[str]:
    used = {"read": entity in reads, "write": entity in writes}
    return [way for way, is_used in used.items() if is_used]


async def _entity(
    client: Client, entity: str, needs: Sequence[Need], *, writes: bool
) -> list[Finding]:
    findings: list[Finding] = []
    for need in needs:
        findings += await _need(client, entity, need, writes=writes)
    if findings:
        return findings
    how = "read and written" if writes else "read"
    return [Finding(level="ok", what=f"{entity} can be {how}.")]


async def _need(client: Client, entity: str, need: Need, *, writes: bool) -> list[Finding]:
    try:
        fields = await client.fields(need.model)
    except Unsupported as error:
        return [Finding(level="missing", what=f"{entity}: {error.reason}", remedy=error.remedy)]
    findings = _missing_fields(entity, need, fields)
    lacking = [
        operation
        for operation in ("read", *(need.writes if writes else ()))
        if not await client.may(need.model, operation)
    ]
    return [*findings, *(_no_right(entity, need.model, operation) for operation in lacking)]


def _missing_fields(entity: str, need: Need, fields: Mapping[str, Any]) -> Iterator[Finding]:
    for name in need.fields:
        if pick(fields, *name.split("|")) is None:
            yield Finding(
                level="missing",
                what=f"{entity}: {need.model} has no field {name.replace('|', ' or ')}.",
                remedy="Its module is not installed, or the user may not see it.",
            )


_WORDS = {"read": "read", "create": "create", "write": "change", "unlink": "delete"}


def _no_right(entity: str, model: str, operation: str) -> Finding:
    verb = _WORDS[operation]
    return Finding(
        level="missing",
        what=f"{entity}: the user may not {verb} {model}.",
        remedy=f"Give the user a group in Odoo that may {verb} {model} (Settings, Users).",
    )

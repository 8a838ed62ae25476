"""The schema of one version, read from `admin.graphql`, with what each field asks of scopes."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources
from typing import Any, cast

from graphql import (
    REMOVE,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    Node,
    StringValueNode,
    TypeDefinitionNode,
    ValueNode,
    Visitor,
    build_ast_schema,
    get_named_type,
    parse,
    value_from_ast_untyped,
    visit,
)

VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10")
REQUIRES_IDEMPOTENCE = "2026-04"
OURS = ("since", "until", "access")


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One version: its schema, and the scopes by type and by `Type.field`; any of them opens it."""

    version: str
    schema: GraphQLSchema
    scopes: dict[str, tuple[str, ...]]


@cache
def api(version: str) -> Api:
    """Read once per version."""
    if version not in VERSIONS:
        raise ValueError(f"no stand-in for version {version!r}; there are {VERSIONS}")
    document = visit(_document(), _OfVersion(version))
    scopes = _scopes(document)
    schema = build_ast_schema(document, assume_valid=True, assume_valid_sdl=True)
    for name, (serialize, parse_value) in SCALARS.items():
        _teach(cast("GraphQLScalarType", schema.type_map[name]), serialize, parse_value)
    return Api(version=version, schema=schema, scopes=scopes)


@cache
def _document() -> DocumentNode:
    text = resources.files(__package__).joinpath("admin.graphql").read_text("utf-8")
    connections = sorted(set(re.findall(r"\b(\w+)Connection\b", text)))
    return parse(text + "".join(_connection(name) for name in connections), no_location=True)


def _connection(name: str) -> str:
    return (
        f"type {name}Connection {{ edges: [{name}Edge!]! nodes: [{name}!]! pageInfo: PageInfo! }}\n"
        f"type {name}Edge {{ cursor: String! node: {name}! }}\n"
    )


class _OfVersion(Visitor):
    """Takes out what another version has."""

    def __init__(self, version: str) -> None:
        super().__init__()
        self.version = version

    def enter(self, node: Node, *_: Any) -> Any:
        since, until = _argument(node, "since"), _argument(node, "until")
        if (since and self.version < since) or (until and self.version > until):
            return REMOVE
        return None


def _directive(node: Node, name: str) -> DirectiveNode | None:
    held: Iterable[DirectiveNode] = getattr(node, "directives", None) or ()
    return next((each for each in held if each.name.value == name), None)


def _argument(node: Node, name: str) -> str:
    found = _directive(node, name)
    return cast("StringValueNode", (found.arguments or ())[0].value).value if found else ""


def _scopes(document: DocumentNode) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for each in document.definitions:
        if not isinstance(each, TypeDefinitionNode):
            continue
        name = each.name.value
        found |= _asked(name, each)
        for one in getattr(each, "fields", None) or ():
            found |= _asked(f"{name}.{one.name.value}", one)
    return found


def _asked(name: str, node: Node) -> dict[str, tuple[str, ...]]:
    found = _directive(node, "access")
    if found is None:
        return {}
    return {name: tuple(value_from_ast_untyped((found.arguments or ())[0].value))}


@cache
def scopes_of(version: str, parent: str, name: str) -> tuple[str, ...]:
    """Which scopes open the field: its own, or those of what it leads to."""
    held = api(version)
    own = held.scopes.get(f"{parent}.{name}")
    if own is not None:
        return own
    field = cast("Any", held.schema.type_map[parent]).fields[name]
    led = get_named_type(field.type).name
    return held.scopes.get(re.sub(r"(Connection|Edge)$", "", led), ())


def _teach(scalar: GraphQLScalarType, serialize: Any, parse_value: Any) -> None:
    """By its older names and by those that graphql-core 3.3 has put in their place."""

    def literal(node: ValueNode, variables: Any = None) -> Any:
        return parse_value(value_from_ast_untyped(node, variables))

    taught = {
        "serialize": serialize,
        "coerce_output_value": serialize,
        "parse_value": parse_value,
        "coerce_input_value": parse_value,
        "parse_literal": literal,
    }
    for name, function in taught.items():
        setattr(scalar, name, function)


def _plain(value: Any) -> str:
    """A Decimal with at least one place, never with an exponent."""
    text = f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
    return text if "." in text else f"{text}.0"


def _price(value: Any) -> str:
    """A Decimal with at least two places."""
    whole, _, places = _plain(value).partition(".")
    return f"{whole}.{places:0<2}"


def _amount(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise GraphQLError(f"invalid decimal: {value!r}") from None


def _moment(value: Any) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _at(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise GraphQLError(f"invalid DateTime: {value!r}") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _url(value: Any) -> str:
    if not re.match(r"[a-z][a-z0-9+.-]*:", str(value)):
        raise GraphQLError(f"Invalid url {value!r}, missing scheme")
    return str(value)


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


SCALARS = {
    "Decimal": (_plain, _amount),
    "Money": (_price, _amount),
    "DateTime": (_moment, _at),
    "URL": (str, _url),
    "HTML": (str, str),
    "UnsignedInt64": (str, str),
    "BigInt": (str, str),
    "JSON": (lambda value: value, _json),
}

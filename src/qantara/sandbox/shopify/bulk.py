"""Bulk operations: a query without pages, its result as lines of JSON to be downloaded."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLError,
    IntValueNode,
    NameNode,
    Node,
    OperationDefinitionNode,
    Visitor,
    parse,
    print_ast,
    validate,
    visit,
)

from qantara.sandbox.shopify.context import Args, Context, Resolvers
from qantara.sandbox.shopify.errors import Refused
from qantara.sandbox.shopify.schema import api
from qantara.sandbox.shopify.state import Row

FILES = "/_bulk/"
AT_A_TIME = 5
MOST_CONNECTIONS = 5
PAGE = ("first", "last", "after", "before")


def _run(_root: Row, ctx: Context, args: Args) -> Row:
    running = [row for row in ctx.store.rows("BulkOperation") if row["status"] in RUNNING]
    if len(running) >= AT_A_TIME:
        told = f"A maximum of {AT_A_TIME} bulk operations can run at a time."
        raise Refused(told, code="OPERATION_IN_PROGRESS")
    _check(ctx, args["query"])
    row = ctx.store.add(
        "BulkOperation",
        {
            **dict.fromkeys(("url", "partialDataUrl", "errorCode", "fileSize", "completedAt")),
            "status": "CREATED",
            "type": "QUERY",
            "query": args["query"],
            "objectCount": "0",
            "rootObjectCount": "0",
            "_grouped": args["groupObjects"],
            "_version": ctx.version,
            "_scopes": ctx.scopes,
            "_lines": b"",
        },
    )
    return {"bulkOperation": row, "userErrors": []}


RUNNING = frozenset({"CREATED", "RUNNING", "CANCELING"})


def _check(ctx: Context, query: str) -> None:
    try:
        document = parse(query)
    except GraphQLError as error:
        raise Refused(f"Invalid bulk query: {error.message}", "query", code="INVALID") from error
    counter = _Connections()
    visit(document, counter)
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation.value != "query":
        raise Refused("Bulk queries must hold exactly one query.", "query", code="INVALID")
    if not counter.count:
        told = "Bulk queries must contain at least one connection."
        raise Refused(told, "query", code="INVALID")
    if counter.count > MOST_CONNECTIONS:
        told = f"Bulk queries cannot contain more than {MOST_CONNECTIONS} connections."
        raise Refused(told, "query", code="INVALID")
    if counter.depth > 2:
        told = "Bulk queries cannot contain connections with a nesting depth greater than 2."
        raise Refused(told, "query", code="INVALID")
    if counter.orphans:
        told = "The parent 'node' field for a nested connection must select the 'id' field."
        raise Refused(told, "query", code="INVALID")
    errors = validate(api(ctx.version).schema, parse(paged(query)))
    if errors:
        raise Refused(f"Invalid bulk query: {errors[0].message}", "query", code="INVALID")


class _Connections(Visitor):
    """Counts connections and how deep they lie in one another; they are told by `edges`."""

    def __init__(self) -> None:
        super().__init__()
        self.count = self.depth = 0
        self.orphans = False
        self._named: list[bool] = []

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        if _is_connection(node):
            self.count += 1
            self.orphans |= not all(self._named)
            self._named.append(_names_entries(node))
            self.depth = max(self.depth, len(self._named))

    def leave_field(self, node: FieldNode, *_: Any) -> None:
        if _is_connection(node):
            self._named.pop()


def _names_entries(connection: FieldNode) -> bool:
    """Whether an entry says its `id`, which its children are told by."""
    inner = _selected(connection, "nodes") or _selected(_selected(connection, "edges"), "node")
    spread = any(not isinstance(one, FieldNode) for one in _selections(inner))
    return spread or _selected(inner, "id") is not None


def _selected(node: Node | None, name: str) -> FieldNode | None:
    return next(
        (
            one
            for one in _selections(node)
            if isinstance(one, FieldNode) and one.name.value == name and one.alias is None
        ),
        None,
    )


def _selections(node: Node | None) -> tuple[Node, ...]:
    return tuple(getattr(getattr(node, "selection_set", None), "selections", ()))


def _is_connection(node: Node) -> bool:
    return any(
        isinstance(one, FieldNode) and one.name.value in ("edges", "nodes")
        for one in _selections(node)
    )


class _Paging(Visitor):
    """Every connection is read whole: pages in the caller's query are passed over."""

    def enter_field(self, node: FieldNode, *_: Any) -> Any:
        if not _is_connection(node):
            return None
        kept = tuple(one for one in node.arguments or () if one.name.value not in PAGE)
        first = ArgumentNode(name=NameNode(value="first"), value=IntValueNode(value="250"))
        return FieldNode(
            alias=node.alias,
            name=node.name,
            arguments=(*kept, first),
            directives=node.directives,
            selection_set=node.selection_set,
        )


def paged(query: str) -> str:
    return print_ast(visit(parse(query), _Paging()))


def work_off(ctx: Context, row: Row, run: Callable[[Context, str], tuple[Any, list[Row]]]) -> None:
    """What the real one does in the background: the whole query with the caller's own scopes."""
    own = replace(ctx, scopes=row["_scopes"], version=row["_version"])
    data, errors = run(own, paged(row["query"]))
    now = ctx.store.clock.stamp()
    if errors:
        denied = any(one.get("extensions", {}).get("code") == "ACCESS_DENIED" for one in errors)
        code = "ACCESS_DENIED" if denied else "INTERNAL_SERVER_ERROR"
        row.update(status="FAILED", errorCode=code, completedAt=now)
    else:
        found, roots = lines(data)
        row["_lines"] = encoded(found)
        row.update(
            status="COMPLETED",
            completedAt=now,
            objectCount=str(len(found)),
            rootObjectCount=str(roots),
            fileSize=str(len(row["_lines"])),
            url=f"{ctx.url}{FILES}{row['_number']}.jsonl" if found else None,
        )
    ctx.store.tell("BULK_OPERATIONS_FINISH", row)


def lines(data: Any) -> tuple[list[Row], int]:
    """The rows of the file, children behind their parents with `__parentId`; and how many roots."""
    found: list[Row] = []
    for value in data.values():
        _spread(value, None, found)
    roots = sum("__parentId" not in row for row in found)
    return found, roots


def _spread(connection: Any, parent: str | None, found: list[Row]) -> None:
    for entry in _entries(connection):
        plain = {name: value for name, value in entry.items() if not _listed(value)}
        found.append({**plain, "__parentId": parent} if parent else plain)
        for value in entry.values():
            if _listed(value):
                _spread(value, entry.get("id"), found)


def _listed(value: Any) -> bool:
    return isinstance(value, dict) and ("edges" in value or "nodes" in value)


def _entries(connection: Any) -> list[Row]:
    if "nodes" in connection:
        return list(connection["nodes"])
    return [edge["node"] for edge in connection["edges"]]


def encoded(rows: list[Row]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def _cancel(_root: Row, ctx: Context, args: Args) -> Row:
    row = ctx.store.get("BulkOperation", args["id"])
    if row is None:
        raise Refused("Bulk operation does not exist", "id")
    if row["status"] not in RUNNING:
        told = f"A bulk operation cannot be canceled when it is {row['status'].lower()}"
        raise Refused(told, "id")
    row["status"] = "CANCELED"
    return {"bulkOperation": row, "userErrors": []}


def _current(_root: Row, ctx: Context, args: Args) -> Row | None:
    rows = [row for row in ctx.store.rows("BulkOperation") if row["type"] == args["type"]]
    return rows[-1] if rows else None


RESOLVERS: Resolvers = {
    "Mutation.bulkOperationRunQuery": _run,
    "Mutation.bulkOperationCancel": _cancel,
    "QueryRoot.bulkOperation": lambda _, ctx, args: ctx.store.get("BulkOperation", args["id"]),
    "QueryRoot.bulkOperations": lambda _, ctx, args: ctx.pages(
        "BulkOperation", ctx.store.rows("BulkOperation"), args
    ),
    "QueryRoot.currentBulkOperation": _current,
}

"""Runs one GraphQL document: validates, measures, pays, resolves, answers as the real API does."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLObjectType,
    OperationDefinitionNode,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)

from qantara.sandbox.shopify import idempotence
from qantara.sandbox.shopify.context import Args, Context, Info
from qantara.sandbox.shopify.cost import MOST, Bucket, Meter
from qantara.sandbox.shopify.errors import USAGE, NotImitated, Refused, access_denied
from qantara.sandbox.shopify.paging import EVERYTHING
from qantara.sandbox.shopify.resolvers import RESOLVERS, blank_payload
from qantara.sandbox.shopify.schema import Api, api, scopes_of
from qantara.sandbox.shopify.state import Row

Answer = dict[str, Any]
INPUT_MOST = 250
LONG_LISTS = frozenset({"variants", "values", "metafields"})


@dataclass(slots=True)
class Execution:
    """What outlives a request: parsed documents, used keys, the bucket."""

    bucket: Bucket
    most: int = MOST
    answers: dict[tuple[str, str], idempotence.Answer] = field(default_factory=dict)
    concurrent: Callable[[str], bool] = field(default=lambda _name: False)
    _parsed: dict[tuple[str, str], DocumentNode] = field(default_factory=dict)

    def run(self, ctx: Context, query: str, variables: Args, name: str | None) -> Answer:
        """The whole answer; errors are in it."""
        held = api(ctx.version)
        try:
            document = self._document(held, query)
            operation = _operation(document, name)
        except GraphQLError as error:
            return {"errors": [_told(error)]}
        except _Invalid as invalid:
            return {"errors": [_told(error) for error in invalid.errors]}
        return self._paid(ctx, held, document, operation, variables)

    def _document(self, held: Api, query: str) -> DocumentNode:
        found = self._parsed.get((held.version, query))
        if found is None:
            found = parse(query)
            errors = validate(held.schema, found)
            if errors:
                raise _Invalid(errors)
            self._parsed[held.version, query] = found
        return found

    def _paid(
        self,
        ctx: Context,
        held: Api,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Args,
    ) -> Answer:
        meter = Meter(
            schema=held.schema, document=document, operation=operation, variables=variables
        )
        requested = meter.requested()
        if requested > self.most:
            return _too_dear(requested)
        if not self.bucket.take(requested):
            return self.throttled(requested)
        name = operation.name.value if operation.name else None
        result = execute_sync(
            held.schema,
            document,
            context_value=ctx,
            variable_values=variables,
            operation_name=name,
            field_resolver=self._resolve,
            type_resolver=_typename,
            root_value={},
        )
        actual = meter.actual(result.data)
        self.bucket.give_back(requested - actual)
        answer: Answer = {"data": result.data} if result.data is not None else {}
        if result.errors:
            answer["errors"] = [_told(error) for error in result.errors]
            answer.setdefault("data", None)
        answer["extensions"] = self._cost(requested, actual)
        if ctx.warnings:
            answer["extensions"]["search"] = [{"warnings": ctx.warnings}]
        return answer

    def bulk(self, ctx: Context, query: str) -> tuple[Any, list[Answer]]:
        """A query read whole, outside of the limits: its data and its errors."""
        result = execute_sync(
            api(ctx.version).schema,
            parse(query),
            context_value=replace(ctx, whole=True, reach=EVERYTHING),
            field_resolver=self._resolve,
            type_resolver=_typename,
            root_value={},
        )
        return result.data, [_told(error) for error in result.errors or ()]

    def throttled(self, requested: int) -> Answer:
        """HTTP 200, and nothing was done."""
        told = {"code": "THROTTLED", "documentation": f"{USAGE}/rate-limits"}
        return {
            "errors": [{"message": "Throttled", "extensions": told}],
            "extensions": self._cost(requested, None),
        }

    def _cost(self, requested: int, actual: int | None) -> Answer:
        return {
            "cost": {
                "requestedQueryCost": requested,
                "actualQueryCost": actual,
                "throttleStatus": self.bucket.status(),
            }
        }

    def _resolve(self, row: Any, info: Info, **args: Any) -> Any:
        ctx: Context = info.context
        parent, name = info.parent_type.name, info.field_name
        _permit(ctx, parent, name)
        resolver = RESOLVERS.get(f"{parent}.{name}")
        if parent == "Mutation":
            return self._mutate(ctx, info, args)
        if ctx.whole and "first" in args:
            args["first"] = EVERYTHING
        if resolver is not None:
            return resolver(row, ctx, args)
        if name not in row:
            raise NotImitated(f"{parent}.{name}")
        return row[name]

    def _mutate(self, ctx: Context, info: Info, args: Args) -> Row:
        name = info.field_name
        _check_sizes(args)
        key = idempotence.key_of(info, ctx)
        if key is not None:
            if self.concurrent(name):
                refused = idempotence.refusal(name, "IDEMPOTENCY_CONCURRENT_REQUEST")
                return blank_payload(info) | refused
            told = idempotence.earlier(self.answers, ctx, name, key, args)
            if told is not None:
                return blank_payload(info) | told
        payload = _carried_out(ctx, info, args)
        if key is not None:
            self.answers[name, key] = idempotence.Answer(
                wanted=idempotence.fingerprint(args),
                payload=payload,
                at=ctx.store.clock.seconds(),
            )
        return payload


class _Invalid(Exception):
    """The document does not fit the schema."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


def _carried_out(ctx: Context, info: Info, args: Args) -> Row:
    resolver = RESOLVERS.get(f"Mutation.{info.field_name}")
    if resolver is None:
        raise NotImitated(f"the mutation {info.field_name}")
    blank = blank_payload(info)
    try:
        return {**blank, **resolver({}, ctx, args)}
    except Refused as refused:
        return blank | {_errors_field(info): refused.errors}


def _errors_field(info: Info) -> str:
    fields = _payload(info).fields
    return str(next(name for name in fields if name.endswith("serErrors")))


def _payload(info: Info) -> GraphQLObjectType:
    kind: Any = info.return_type
    return cast("GraphQLObjectType", getattr(kind, "of_type", kind))


def _permit(ctx: Context, parent: str, name: str) -> None:
    if name.startswith("__"):
        return
    wanted = scopes_of(ctx.version, parent, name)
    if wanted and not ctx.scopes.intersection(wanted) and not _written(ctx, wanted):
        raise access_denied(name, list(wanted))


def _written(ctx: Context, wanted: tuple[str, ...]) -> bool:
    """Who may write something may read it."""
    return any(one.replace("read_", "write_", 1) in ctx.scopes for one in wanted)


def _check_sizes(value: Any, name: str = "input") -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _check_sizes(inner, key)
    elif isinstance(value, list):
        if len(value) > INPUT_MOST and name not in LONG_LISTS:
            raise GraphQLError(
                f"The input array size of {len(value)} is greater than the maximum allowed of "
                f"{INPUT_MOST}.",
                extensions={"code": "MAX_INPUT_SIZE_EXCEEDED"},
            )
        for inner in value:
            _check_sizes(inner, name)


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    found = get_operation_ast(document, name)
    if found is None:
        raise GraphQLError("An operation name is required")
    return found


def _too_dear(requested: int) -> Answer:
    told = f"Query cost is {requested}, which exceeds the single query max cost limit ({MOST})."
    extensions = {
        "code": "MAX_COST_EXCEEDED",
        "cost": requested,
        "maxCost": MOST,
        "documentation": f"{USAGE}/rate-limits",
    }
    return {"errors": [{"message": told, "extensions": extensions}]}


def _told(error: GraphQLError) -> Answer:
    told = dict(error.formatted)
    if isinstance(error.original_error, GraphQLError) and error.original_error.extensions:
        told["extensions"] = error.original_error.extensions
    return told


def _typename(row: Any, _info: Info, _kind: Any) -> str:
    return str(row["__typename"])

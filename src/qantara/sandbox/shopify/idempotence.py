"""`@idempotent`: the second request with a key is told what the first one was told."""

import json
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLError, value_from_ast_untyped

from qantara.sandbox.shopify.context import Args, Context, Info
from qantara.sandbox.shopify.errors import bad_request, user_error
from qantara.sandbox.shopify.schema import REQUIRES_IDEMPOTENCE
from qantara.sandbox.shopify.state import Row

MUTATIONS = frozenset(
    {
        *("inventorySetQuantities", "inventoryAdjustQuantities", "inventoryActivate"),
        "refundCreate",
    }
)
CODED = frozenset({"inventorySetQuantities", "inventoryAdjustQuantities"})
KEPT_SECONDS = 24 * 3600

MESSAGES = {
    "IDEMPOTENCY_CONCURRENT_REQUEST": "This request is currently in progress, please try again.",
    "IDEMPOTENCY_KEY_PARAMETER_MISMATCH": (
        "The same idempotency key cannot be used with different operation parameters."
    ),
    "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED": (
        "A previous request with this idempotency key failed. Retry with a new idempotency key."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a key was used for, and what came of it."""

    wanted: str
    payload: Row
    at: float


def key_of(info: Info, ctx: Context) -> str | None:
    """The key of the mutation being run; refused where it is missing, empty or out of place."""
    name = info.field_name
    found = _directive(info.field_nodes[0], info.variable_values)
    if name not in MUTATIONS:
        if found is not None:
            raise bad_request(f"The @idempotent directive is not supported on {name}.")
        return None
    if found is None and ctx.version >= REQUIRES_IDEMPOTENCE:
        raise bad_request(
            "The @idempotent directive is required for this mutation but was not provided."
        )
    if found is not None and not found.strip():
        raise bad_request("The idempotency key can't be blank.")
    return found


def _directive(node: FieldNode, variables: Any) -> str | None:
    given = getattr(variables, "coerced", variables)
    for directive in node.directives or ():
        if directive.name.value == "idempotent":
            return str(value_from_ast_untyped((directive.arguments or ())[0].value, given) or "")
    return None


def earlier(
    answers: dict[tuple[str, str], Answer], ctx: Context, name: str, key: str, args: Args
) -> Row | None:
    """What the same key was told before; an error for other arguments or a failed attempt."""
    found = answers.get((name, key))
    if found is None or ctx.store.clock.seconds() - found.at > KEPT_SECONDS:
        return None
    if found.wanted != fingerprint(args):
        return refusal(name, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
    if found.payload["userErrors"]:
        return refusal(name, "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED")
    return found.payload


def refusal(name: str, code: str) -> Row:
    """In `userErrors` where they have codes, else for the whole field."""
    if name not in CODED:
        raise GraphQLError(MESSAGES[code], extensions={"code": code})
    return {"userErrors": [user_error(MESSAGES[code], code=code)]}


def fingerprint(args: Args) -> str:
    return json.dumps(args, sort_keys=True, default=str)

"""What a query costs, and the bucket that pays: objects 1, connections 2 and their pages, mutations 10.

The vendor does not publish the formula in full; this is the one it published first, which is
never cheaper than what stores were seen to be charged.
"""

import math
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    value_from_ast_untyped,
)

from qantara.sandbox.shopify.state import Clock

MUTATION = 10
CONNECTION = 2
MOST = 1000
SET_COSTS = {"variants": 0.2, "metafields": 0.4, "files": 1.9}
VARIANT_COSTS = {"metafields": 0.4, "file": 0.6}


@dataclass(slots=True, kw_only=True)
class Bucket:
    """Fills by `rate` points a second up to `size`. Requests reserve, and get back what is over."""

    clock: Clock
    size: float = 2000.0
    rate: float = 100.0
    _held: float = -1.0
    _at: float = 0.0

    def available(self) -> float:
        now = self.clock.seconds()
        held = self.size if self._held < 0 else self._held
        self._held = min(self.size, held + (now - self._at) * self.rate)
        self._at = now
        return self._held

    def take(self, cost: float) -> bool:
        """False leaves everything as it is."""
        if self.available() < cost:
            return False
        self._held -= cost
        return True

    def give_back(self, cost: float) -> None:
        self._held = min(self.size, self.available() + cost)

    def empty(self) -> None:
        self.available()
        self._held = 0.0

    def status(self) -> dict[str, float]:
        return {
            "maximumAvailable": float(self.size),
            "currentlyAvailable": math.floor(self.available()),
            "restoreRate": float(self.rate),
        }


@dataclass(slots=True, kw_only=True)
class Meter:
    """Counts one operation; `variables` may be missing what the caller left out."""

    schema: GraphQLSchema
    document: DocumentNode
    operation: OperationDefinitionNode
    variables: dict[str, Any]

    def requested(self) -> int:
        """Before it is run: as if every page were full."""
        root = self.schema.get_root_type(self.operation.operation)
        total = self._selections(self.operation.selection_set, root)
        if self.operation.operation.value == "mutation":
            total += sum(self._mutation(field) for field in self._fields())
        return math.ceil(total)

    def actual(self, data: Any) -> int:
        """After it was run: what the answer holds."""
        total = _count(data) if data else 0.0
        if self.operation.operation.value == "mutation":
            total += sum(self._mutation(field) for field in self._fields())
        return min(math.ceil(total), self.requested())

    def _fields(self) -> list[FieldNode]:
        return [
            one for one in self.operation.selection_set.selections if isinstance(one, FieldNode)
        ]

    def _mutation(self, field: FieldNode) -> float:
        if field.name.value != "productSet":
            return MUTATION
        wanted = self._arguments(field).get("input") or {}
        total = sum(each * len(wanted.get(name) or ()) for name, each in SET_COSTS.items())
        for variant in wanted.get("variants") or ():
            total += VARIANT_COSTS["metafields"] * len(variant.get("metafields") or ())
            total += VARIANT_COSTS["file"] if variant.get("file") else 0
        return MUTATION + total

    def _arguments(self, field: FieldNode) -> dict[str, Any]:
        return {
            argument.name.value: value_from_ast_untyped(argument.value, self.variables)
            for argument in field.arguments or ()
        }

    def _selections(self, selections: SelectionSetNode | None, parent: Any) -> float:
        total = 0.0
        branches = []
        for one in selections.selections if selections else ():
            if isinstance(one, FieldNode):
                total += self._field(one, parent)
            else:
                branches.append(self._branch(one, parent))
        if branches:
            total += max(branches) if is_abstract_type(parent) else sum(branches)
        return total

    def _branch(self, one: Any, parent: Any) -> float:
        fragment: Any = one
        if isinstance(one, FragmentSpreadNode):
            fragment = next(
                each
                for each in self.document.definitions
                if isinstance(each, FragmentDefinitionNode) and each.name.value == one.name.value
            )
        elif not isinstance(one, InlineFragmentNode):
            return 0.0
        condition = fragment.type_condition
        narrowed = self.schema.type_map[condition.name.value] if condition else parent
        return self._selections(fragment.selection_set, narrowed)

    def _field(self, field: FieldNode, parent: Any) -> float:
        name = field.name.value
        if name.startswith("__"):
            return 0.0
        kind: Any = get_named_type(parent.fields[name].type)
        if not is_composite_type(kind):
            return 0.0
        if kind.name.endswith("Connection"):
            arguments = self._arguments(field)
            size = arguments.get("first") or arguments.get("last") or 0
            return CONNECTION + size * self._nodes(field.selection_set, kind)
        return 1.0 + self._selections(field.selection_set, kind)

    def _nodes(self, selections: SelectionSetNode | None, connection: Any) -> float:
        """One entry of a connection, by `edges.node` or by `nodes`."""
        total = 0.0
        for one in selections.selections if selections else ():
            if not isinstance(one, FieldNode):
                total += self._branch_nodes(one, connection)
            elif one.name.value == "nodes":
                kind = get_named_type(connection.fields["nodes"].type)
                total = max(total, 1.0 + self._selections(one.selection_set, kind))
            elif one.name.value == "edges":
                edge: Any = get_named_type(connection.fields["edges"].type)
                total = max(total, self._selections(one.selection_set, edge))
        return total

    def _branch_nodes(self, one: Any, connection: Any) -> float:
        if isinstance(one, FragmentSpreadNode):
            one = next(
                each
                for each in self.document.definitions
                if isinstance(each, FragmentDefinitionNode) and each.name.value == one.name.value
            )
        return self._nodes(one.selection_set, connection)


def _count(data: Any) -> float:
    """Objects in an answer; a connection by its entries."""
    if isinstance(data, list):
        return sum(_count(one) for one in data)
    if not isinstance(data, dict):
        return 0.0
    total = 0.0
    for name, value in data.items():
        if isinstance(value, dict) and ("edges" in value or "nodes" in value):
            total += CONNECTION + _entries(value)
        elif isinstance(value, dict) and name != "pageInfo":
            total += 1.0 + _count(value)
        elif isinstance(value, list):
            total += sum(1.0 + _count(one) for one in value if isinstance(one, dict))
    return total


def _entries(connection: dict[str, Any]) -> float:
    if "nodes" in connection:
        return sum(1.0 + _count(one) for one in connection["nodes"])
    return sum(_count(edge) for edge in connection["edges"])

"""The stand-in's schema is a part of the vendor's, in every version; all of it is imitated."""

import gzip
import json
from functools import cache
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    is_required_argument,
    is_required_input_field,
    specified_scalar_types,
)

from qantara.sandbox.shopify.schema import OURS, VERSIONS, api

VENDOR = Path(__file__).parents[3] / "shared" / "specs" / "shopify"
needs_vendor = pytest.mark.skipif(
    not VENDOR.is_dir(), reason="the vendor's own schemas are not on this machine"
)
OUTPUT = GraphQLObjectType | GraphQLInterfaceType


@cache
def vendor(version):
    with gzip.open(VENDOR / f"admin_{version}.json.gz") as file:
        told = json.load(file)
    schema = told.get("data", told)["__schema"]
    return {one["name"]: one for one in schema["types"]}, schema["directives"]


def ours(version, *kinds):
    schema = api(version).schema
    plain = set(specified_scalar_types)
    return [
        one
        for name, one in schema.type_map.items()
        if not name.startswith("__") and name not in plain and (not kinds or isinstance(one, kinds))
    ]


def written(told):
    """`[ID!]!` of the vendor's nested words."""
    if told["kind"] == "NON_NULL":
        return f"{written(told['ofType'])}!"
    return f"[{written(told['ofType'])}]" if told["kind"] == "LIST" else told["name"]


def named(told, key):
    return {one["name"]: one for one in told.get(key) or ()}


@needs_vendor
@pytest.mark.parametrize("version", VERSIONS)
def test_every_type_is_the_vendors_too_and_of_the_same_kind(version):
    types, _ = vendor(version)
    kinds = {
        GraphQLObjectType: "OBJECT",
        GraphQLInterfaceType: "INTERFACE",
        GraphQLInputObjectType: "INPUT_OBJECT",
        GraphQLEnumType: "ENUM",
        GraphQLUnionType: "UNION",
    }
    wrong = [
        one.name
        for one in ours(version)
        if types.get(one.name, {}).get("kind") != kinds.get(type(one), "SCALAR")
    ]

    assert wrong == []


@needs_vendor
@pytest.mark.parametrize("version", VERSIONS)
def test_every_field_and_argument_has_the_vendors_type(version):
    types, _ = vendor(version)
    wrong = []
    for one in ours(version, GraphQLObjectType, GraphQLInterfaceType):
        theirs = named(types[one.name], "fields")
        for name, field in one.fields.items():
            told = theirs.get(name)
            if told is None or written(told["type"]) != str(field.type):
                wrong.append(f"{one.name}.{name}: {field.type}")
                continue
            arguments = named(told, "args")
            for key, argument in field.args.items():
                if key not in arguments or written(arguments[key]["type"]) != str(argument.type):
                    wrong.append(f"{one.name}.{name}({key}: {argument.type})")

    assert wrong == []


@needs_vendor
@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_that_the_vendor_requires_is_left_out(version):
    """A caller that satisfies the stand-in must satisfy the vendor."""
    types, _ = vendor(version)
    missing = []
    for one in ours(version, GraphQLObjectType):
        for name, field in one.fields.items():
            for key, told in named(named(types[one.name], "fields")[name], "args").items():
                required = told["type"]["kind"] == "NON_NULL" and told["defaultValue"] is None
                if required != (key in field.args and is_required_argument(field.args[key])):
                    missing.append(f"{one.name}.{name}({key})")
    for one in ours(version, GraphQLInputObjectType):
        for key, told in named(types[one.name], "inputFields").items():
            required = told["type"]["kind"] == "NON_NULL" and told["defaultValue"] is None
            if required != (key in one.fields and is_required_input_field(one.fields[key])):
                missing.append(f"{one.name}.{key}")

    assert missing == []


@needs_vendor
@pytest.mark.parametrize("version", VERSIONS)
def test_inputs_values_and_unions_are_the_vendors(version):
    types, _ = vendor(version)
    wrong = []
    for one in ours(version, GraphQLInputObjectType):
        theirs = named(types[one.name], "inputFields")
        for name, field in one.fields.items():
            if name not in theirs or written(theirs[name]["type"]) != str(field.type):
                wrong.append(f"{one.name}.{name}: {field.type}")
        if bool(one.is_one_of) != bool(types[one.name].get("isOneOf")):
            wrong.append(f"{one.name} @oneOf")
    for one in ours(version, GraphQLEnumType):
        theirs = named(types[one.name], "enumValues")
        wrong += [f"{one.name}.{value}" for value in one.values if value not in theirs]
    for one in ours(version, GraphQLUnionType):
        theirs = named(types[one.name], "possibleTypes")
        wrong += [f"{one.name} | {each.name}" for each in one.types if each.name not in theirs]
    for one in ours(version, GraphQLObjectType, GraphQLInterfaceType):
        theirs = named(types[one.name], "interfaces")
        wrong += [f"{one.name} & {each.name}" for each in one.interfaces if each.name not in theirs]

    assert wrong == []


@needs_vendor
@pytest.mark.parametrize("version", VERSIONS)
def test_scopes_are_those_that_the_vendor_names(version):
    types, _ = vendor(version)
    wrong = []
    for place, scopes in api(version).scopes.items():
        name, _, field = place.partition(".")
        if name not in types:
            continue
        told = named(types[name], "fields").get(field) if field else types[name]
        asked = (told or {}).get("requiredAccess") or ""
        if told and not any(scope.removeprefix("write_") in asked for scope in scopes):
            wrong.append(f"{place}: {scopes} / {asked}")

    assert wrong == []


@needs_vendor
def test_the_comparison_sees_what_is_made_up():
    types, _ = vendor(VERSIONS[-1])

    assert "Product" in types
    assert "stockLevel" not in named(types["Product"], "fields")
    assert written(named(types["Product"], "fields")["tags"]["type"]) == "[String!]!"


@pytest.mark.parametrize(
    ("version", "old"), [("2026-01", True), ("2026-04", False), ("2026-10", False)]
)
def test_versions_differ_where_the_vendors_do(version, old):
    inputs = {one.name: one.fields for one in ours(version, GraphQLInputObjectType)}
    fields, asked = inputs["InventoryQuantityInput"], inputs["InventorySetQuantitiesInput"]

    assert ("compareQuantity" in fields, "ignoreCompareQuantity" in asked) == (old, old)
    assert "changeFromQuantity" in fields


def test_our_own_directives_mark_versions_and_scopes_alone():
    directives = {one.name for one in api("2026-10").schema.directives}

    assert "idempotent" in directives
    assert set(OURS) <= directives

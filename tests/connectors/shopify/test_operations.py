"""Every operation is one that Shopify's schema of each supported version understands."""

import gzip
import json
import os
from pathlib import Path

import pytest
from graphql import build_client_schema, parse, validate

from qantara.connectors.shopify import VERSIONS
from qantara.connectors.shopify.documents import document, names
from qantara.sandbox.shopify.schema import api

SPECS = os.environ.get("QANTARA_SPECS", "")
"""A folder with the vendor's introspection answers, `shopify/admin_<version>.json.gz`."""


@pytest.fixture(scope="module", params=VERSIONS)
def schema(request):
    file = Path(SPECS) / "shopify" / f"admin_{request.param}.json.gz"
    if not SPECS or not file.exists():
        pytest.skip(f"QANTARA_SPECS names no folder with the schema of {request.param}.")
    told = json.loads(gzip.decompress(file.read_bytes()))
    return build_client_schema(told.get("data", told), assume_valid=True)


def test_every_operation_is_understood(schema):
    wrong = {name: validate(schema, parse(document(name))) for name in names()}

    assert {name: [str(one) for one in errors] for name, errors in wrong.items() if errors} == {}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_operation_is_understood_by_the_stand_in(version):
    known = api(version).schema
    wrong = {name: validate(known, parse(document(name))) for name in names()}

    assert {name: [str(one) for one in errors] for name, errors in wrong.items() if errors} == {}


def test_no_operation_holds_a_value_that_a_caller_gave():
    assert len(names()) > 40
    assert [name for name in names() if "%" in document(name)] == []

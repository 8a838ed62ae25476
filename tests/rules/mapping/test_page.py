"""The reference page names everything that rules can say."""

import re

import yaml

from qantara.model import Product
from qantara.rules.mapping import compile_mapping
from qantara.rules.mapping.functions import FUNCTIONS
from qantara.rules.mapping.rules import KEYS
from qantara.rules.mapping.transforms import TRANSFORMS
from tests.engine.memory import every_field
from tests.project.tree import ROOT

PAGE = (ROOT / "docs" / "reference" / "mapping.md").read_text("utf-8")
HOW_TO = (ROOT / "docs" / "how-to" / "map-fields.md").read_text("utf-8")


def test_every_key_transform_and_function_is_explained() -> None:
    explained = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)

    assert {*KEYS, *TRANSFORMS, *FUNCTIONS} <= set(explained)
    assert set(explained) <= {*KEYS, *TRANSFORMS, *FUNCTIONS, "name", "price"}


def test_the_examples_can_be_used() -> None:
    texts = re.findall(r"```yaml\n(.*?)```", PAGE + HOW_TO, re.DOTALL)
    ours = [text for text in texts if "address" not in text]

    assert len(texts) - len(ours) == 1
    for text in texts:
        assert yaml.safe_load(text)["fields"]
    for text in ours:
        compile_mapping(text, "page", Product, every_field(Product))

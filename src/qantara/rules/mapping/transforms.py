"""The named transforms, by the name under which a rule asks for them."""

from collections.abc import Callable, Mapping
from typing import Any

from qantara.rules.mapping import meanings, numbers, texts
from qantara.rules.mapping.faults import Flawed
from qantara.rules.mapping.step import Transform


def transform(name: str, argument: Any) -> Transform:
    """The transform of this name; raises Flawed."""
    make = TRANSFORMS.get(name)
    if make is None:
        raise Flawed(f"There is no transform {name}.", f"There are {', '.join(TRANSFORMS)}.")
    return make(argument)


TRANSFORMS: Mapping[str, Callable[[Any], Transform]] = {
    "case": texts.case,
    "concat": texts.concat,
    "currency": numbers.currency,
    "date": texts.date,
    "default": meanings.default,
    "html_to_text": texts.html_to_text,
    "language": meanings.language,
    "lookup": meanings.lookup,
    "prefix": texts.prefix,
    "replace": texts.replace,
    "round": numbers.rounding,
    "scale": numbers.scale,
    "split": texts.split,
    "suffix": texts.suffix,
    "text_to_html": texts.text_to_html,
    "trim": texts.trim,
    "truncate": texts.truncate,
    "unit": numbers.unit,
}

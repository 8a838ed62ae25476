"""The operations that are sent to Shopify: `.graphql` files with the fragments they name."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

_FRAGMENT = re.compile(r"^fragment (\w+) on .*?^}\n", re.MULTILINE | re.DOTALL)
_SPREAD = re.compile(r"\.\.\.(\w+)")
_SPREAD_ON = "on"


@cache
def document(name: str) -> str:
    """The text of an operation (`orders_read`, `bulk/orders`), complete with its fragments."""
    text = _folder().joinpath(f"{name}.graphql").read_text("utf-8")
    wanted = _needed(text)
    return "\n".join([text, *(_fragments()[one] for one in wanted)])


def names() -> list[str]:
    """All operations there are."""
    folder = _folder()
    found = [*_files(folder, ""), *_files(folder.joinpath("bulk"), "bulk/")]
    return sorted(found)


def _folder() -> Traversable:
    return resources.files(__package__ or "").joinpath("operations")


def _files(folder: Traversable, prefix: str) -> Iterator[str]:
    for one in folder.iterdir():
        if one.name.endswith(".graphql"):
            yield prefix + one.name.removesuffix(".graphql")


@cache
def _fragments() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for file in _folder().joinpath("fragments").iterdir():
        text = file.read_text("utf-8")
        found |= {match[1]: match[0] for match in _FRAGMENT.finditer(text)}
    return found


def _needed(text: str) -> list[str]:
    """The fragments named in the text and in those, each once, in the order in which they come."""
    found: dict[str, None] = {}
    waiting = [text]
    while waiting:
        for name in _SPREAD.findall(waiting.pop()):
            if name != _SPREAD_ON and name not in found:
                found[name] = None
                waiting.append(_fragments()[name])
    return list(found)

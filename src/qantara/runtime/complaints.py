"""What pydantic found wrong with a configuration, in words that tell a person what to write."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from qantara.runtime.toml_lines import Path

_SECRET = re.compile(
    r"(?:^|[_.-])(?:api_?)?(?:key|keys|password|passwd|passphrase|pwd|token|secret|credentials?)$"
    r"|^(?:key|password|token|secret)[_.-]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong and what to do, both sentences."""

    what: str
    remedy: str


def complaints(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[Path, Complaint]]:
    """Each problem with the path of the key that it is about."""
    for each in error.errors(include_url=False):
        path = each["loc"]
        key = str(path[-1]) if path else "the file"
        if each["type"] == "extra_forbidden":
            yield path, unknown(key, names_at(model, path[:-1]), "key")
        elif each["type"] == "missing":
            yield path[:-1], Complaint(f"{key} is missing.", f"Add a line: {key} = ...")
        else:
            yield path, _misfit(key, each)


def unknown(name: str, known: list[str], kind: str) -> Complaint:
    """`name` means nothing here; the nearest known one is offered, else all of them."""
    what = f"There is no {kind} {name!r} here."
    if nearest := get_close_matches(name, known, n=1):
        return Complaint(what, f"Did you mean {nearest[0]!r}?")
    if not known:
        return Complaint(what, "Remove it.")
    return Complaint(what, f"Remove it, or use one of: {', '.join(sorted(known))}.")


def names_at(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that the table at `path` may have."""
    found: Any = model
    for part in path:
        found = _inside(found, part)
    inner = _model(found)
    return list(inner.model_fields) if inner else []


def named_like_secrets(data: Any, path: Path = ()) -> list[tuple[Path, str, dict[str, Any]]]:
    """Keys, at any depth, that are named like a secret: path, key, and the table it stands in."""
    found: list[tuple[Path, str, dict[str, Any]]] = []
    if isinstance(data, dict):
        for name, value in data.items():
            if _SECRET.search(name):
                found.append(((*path, name), name, data))
            else:
                found += named_like_secrets(value, (*path, name))
    elif isinstance(data, list):
        for position, value in enumerate(data):
            found += named_like_secrets(value, (*path, position))
    return found


def _inside(kind: Any, part: str | int) -> Any:
    """The type of what stands under `part` in a value of this type; None when it is unknown."""
    model = _model(kind)
    if model is not None:
        field = model.model_fields.get(str(part))
        return field.annotation if field else None
    arguments = get_args(kind)
    if get_origin(kind) is dict:
        return arguments[1]
    return arguments[0] if arguments else None


def _model(kind: Any) -> type[BaseModel] | None:
    """The model that the type is, or may be."""
    for each in (kind, *(get_args(kind) if get_origin(kind) not in (dict, list, tuple) else ())):
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each
    return None


_REMEDIES: Mapping[str, tuple[str, str]] = {
    "string_type": ("{key} must be text.", 'Write it in quotation marks: {key} = "..."'),
    "bool_type": ("{key} must be true or false.", "Write {key} = true, without quotation marks."),
    "bool_parsing": (
        "{key} must be true or false.",
        "Write {key} = true, without quotation marks.",
    ),
    "int_type": ("{key} must be a whole number.", "Write {key} = 1, without quotation marks."),
    "int_parsing": ("{key} must be a whole number.", "Write {key} = 1, without quotation marks."),
    "float_type": ("{key} must be a number.", "Write {key} = 2.5, without quotation marks."),
    "finite_number": ("{key} must be a number.", "Write {key} = 2.5, or leave it out."),
    "greater_than": ("{key} must be more than {gt:g}.", "Write a larger number, or leave it out."),
    "greater_than_equal": ("{key} must be at least {ge:g}.", "Write a larger number."),
    "tuple_type": ("{key} must be a list.", 'Write it in brackets: {key} = ["...", "..."]'),
    "list_type": ("{key} must be a list.", 'Write it in brackets: {key} = ["...", "..."]'),
    "dict_type": (
        "{key} must be a table.",
        "Give it a line of its own in brackets, with keys below.",
    ),
    "model_type": (
        "{key} must be a table.",
        "Give it a line of its own in brackets, with keys below.",
    ),
}


def _misfit(key: str, error: Any) -> Complaint:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _REMEDIES:
        what, remedy = _REMEDIES[kind]
        told = {**context, "key": key}
        return Complaint(what.format(**told), remedy.format(**told))
    if kind == "literal_error":
        return Complaint(
            f"{key} cannot be {error['input']!r}.", f"Write one of: {context['expected']}."
        )
    if kind == "value_error":
        said, _, remedy = str(context["error"]).partition("; ")
        return Complaint(f"{key}: {said}.", f"{remedy[:1].upper()}{remedy[1:]}." if remedy else "")
    return Complaint(f"{key}: {error['msg']}.", "See docs/reference/configuration.md.")

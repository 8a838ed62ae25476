"""Transforms of meaning: another language first, a table of codes, what stands for nothing."""

from collections.abc import Mapping
from typing import Any

from qantara.model import Text
from qantara.rules.mapping.arguments import known_only, options, table_of
from qantara.rules.mapping.faults import Flawed, Unmappable, shown
from qantara.rules.mapping.functions import is_empty
from qantara.rules.mapping.step import Change, Transform
from qantara.rules.mapping.values import text


def language(argument: Any) -> Transform:
    """`language: {main: ar, was: en}`: the translation comes first."""
    told = argument if isinstance(argument, dict) else {"main": argument}
    known_only("language", told, {"main", "was"})
    main, was = str(told.get("main") or ""), str(told.get("was") or "")
    if not main or main == was:
        raise Flawed("language needs the language that is to come first.", "Write language: ar.")

    def swapped(first: str, second: str) -> Change:
        def swap(value: Any) -> Any:
            if not isinstance(value, Text):
                raise Unmappable(f"{shown(value)} has no translations.")
            if first not in value.translations:
                return value
            others = {code: one for code, one in value.translations.items() if code != first}
            kept = {**others, second: value.value} if second else others
            return Text.of(value.translations[first], kept)

        return swap

    words = f"{main} first" + (f", then {was}" if was else "")
    if not was:
        why = "Which language came first is not said: add `was`."
        return Transform(words=words, there=swapped(main, ""), why=why)
    texts = (Text("Chair", {main: "كرسي"}), Text("Chair"), Text(""))
    return Transform(words=words, there=swapped(main, was), back=swapped(was, main), domain=texts)


def lookup(argument: Any) -> Transform:
    """`lookup: {table: {Red: RD}}`; `otherwise: keep`, or a value for all else."""
    told = options("lookup", argument, {"table", "otherwise"})
    table = table_of("lookup", told.get("table"))
    otherwise = told.get("otherwise")
    keep = otherwise == "keep"

    def looked(entries: Mapping[str, str], *, there: bool) -> Change:
        def look(value: Any) -> Any:
            found = entries.get(text(value))
            if found is None and keep:
                return value
            if found is None and there and otherwise is not None:
                return otherwise
            if found is None:
                known = ", ".join(map(shown, entries))
                raise Unmappable(f"{shown(value)} is not in the table, which has {known}.")
            return found

        return look

    why = _lossy(table, otherwise=otherwise is not None and not keep)
    turned = {value: key for key, value in table.items()}
    return Transform(
        words=f"by a table of {len(table)}",
        there=looked(table, there=True),
        back=None if why else looked(turned, there=False),
        why=why,
        domain=() if otherwise is not None else tuple(table),
    )


def _lossy(table: Mapping[str, str], *, otherwise: bool) -> str:
    if otherwise:
        return "What is not in the table becomes the same, whatever it was."
    if len(set(table.values())) < len(table):
        return "Two entries of the table lead to the same value."
    return ""


def default(argument: Any) -> Transform:
    """`default: none`, where there is nothing."""
    if argument is None or isinstance(argument, dict | list):
        raise Flawed("default needs a value.", "Write default: none, for example.")

    def there(value: Any) -> Any:
        blank = is_empty(value) or (isinstance(value, Text) and not value.value)
        return argument if blank else value

    why = "Whether it was empty before cannot be told afterwards."
    return Transform(words=f"{shown(argument)} where empty", there=there, why=why)

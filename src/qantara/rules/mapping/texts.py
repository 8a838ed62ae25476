"""Transforms of text: how it is written, cut, joined, translated and looked up."""

from datetime import UTC, datetime
from typing import Any

from qantara.rules.mapping import html
from qantara.rules.mapping.arguments import (
    chosen,
    known_only,
    nothing,
    options,
    positive,
    sign_of,
    table_of,
)
from qantara.rules.mapping.faults import Flawed, Unmappable, shown
from qantara.rules.mapping.functions import FORM, moment
from qantara.rules.mapping.step import Transform, textual
from qantara.rules.mapping.values import number, text


def case(argument: Any) -> Transform:
    """`case: upper`, `lower` or `title`."""
    change = chosen("case", argument, {"upper": str.upper, "lower": str.lower, "title": str.title})
    return Transform(
        words=f"in {argument} case",
        there=textual(change),
        why="What was written in small or capital letters before cannot be told afterwards.",
    )


def trim(argument: Any) -> Transform:
    """`trim`: no blanks around, no double ones."""
    nothing("trim", argument)
    why = "Where blanks were cannot be told afterwards."
    return Transform(words="trimmed", there=textual(lambda one: " ".join(one.split())), why=why)


def truncate(argument: Any) -> Transform:
    """`truncate: 60`."""
    length = positive("truncate", argument)
    return Transform(
        words=f"at most {length} letters",
        there=textual(lambda one: one[:length].rstrip() if len(one) > length else one),
        why="What was cut off cannot be told afterwards.",
    )


def prefix(argument: Any) -> Transform:
    """`prefix: "W-"`, where there is anything."""
    sign = sign_of("prefix", argument)

    def back(value: str) -> str:
        if value and not value.startswith(sign):
            raise Unmappable(f"{shown(value)} does not begin with {sign!r}.")
        return value[len(sign) :]

    there = textual(lambda one: sign + one if one else one)
    return Transform(words=f"{sign!r} before it", there=there, back=textual(back))


def suffix(argument: Any) -> Transform:
    """`suffix: "-SA"`, where there is anything."""
    sign = sign_of("suffix", argument)

    def back(value: str) -> str:
        if value and not value.endswith(sign):
            raise Unmappable(f"{shown(value)} does not end with {sign!r}.")
        return value[: len(value) - len(sign)]

    there = textual(lambda one: one + sign if one else one)
    return Transform(words=f"{sign!r} after it", there=there, back=textual(back))


def replace(argument: Any) -> Transform:
    """`replace: {"&": and}`, each in turn."""
    table = table_of("replace", argument)
    if "" in table:
        raise Flawed("replace cannot replace nothing.", "Say what is to be replaced.")

    def there(value: str) -> str:
        for old, new in table.items():
            value = value.replace(old, new)
        return value

    def back(value: str) -> str:
        for old, new in reversed(table.items()):
            value = value.replace(new, old)
        return value

    told = ", ".join(f"{new!r} for {old!r}" for old, new in table.items())
    if not all(table.values()):
        why = "What was taken out cannot be told afterwards."
        return Transform(words=told, there=textual(there), why=why)
    return Transform(words=told, there=textual(there), back=textual(back))


def concat(argument: Any) -> Transform:
    """`concat: ", "` of several fields; `empty: keep` makes it two-way."""
    told = argument if isinstance(argument, dict) else {"by": argument}
    known_only("concat", told, {"by", "empty"})
    sign = sign_of("concat", told.get("by"))
    keep = chosen("concat: empty", told.get("empty", "drop"), {"keep": True, "drop": False})

    def there(values: Any) -> str:
        texts = [text(one) for one in values]
        return sign.join(texts if keep else [one for one in texts if one])

    def back(value: Any) -> tuple[str, ...]:
        return tuple(text(value).split(sign))

    why = "" if keep else "Which of the parts were empty cannot be told: write `empty: keep`."
    words = f"joined by {sign!r}"
    return Transform(words=words, there=there, back=back if keep else None, why=why, parts=True)


def split(argument: Any) -> Transform:
    """`split: {by: ",", part: 0}`."""
    told = options("split", argument, {"by", "part"})
    sign, part = sign_of("split", told.get("by")), int(number(told.get("part", 0)))

    def cut(value: str) -> str:
        parts = value.split(sign)
        return parts[part].strip() if -len(parts) <= part < len(parts) else ""

    why = "The other parts are not known any more."
    return Transform(words=f"part {part} of it, cut at {sign!r}", there=textual(cut), why=why)


def date(argument: Any) -> Transform:
    """`date: "%d.%m.%Y"`."""
    form = sign_of("date", argument)
    if not FORM.fullmatch(form):
        raise Flawed(f"{form!r} is no form of a time.", "Write it like %d.%m.%Y.")

    def back(value: Any) -> datetime | None:
        if not value:
            return None
        try:
            return datetime.strptime(text(value), form).replace(tzinfo=UTC)
        except ValueError:
            raise Unmappable(f"{shown(value)} is no time written like {form}.") from None

    return Transform(words=f"written {form}", there=lambda value: moment(value, form), back=back)


def html_to_text(argument: Any) -> Transform:
    """`html_to_text`: what a reader sees."""
    nothing("html_to_text", argument)
    why = "How the text was laid out cannot be told afterwards."
    return Transform(words="HTML as text", there=textual(html.to_text), why=why)


def text_to_html(argument: Any) -> Transform:
    """`text_to_html`, and back."""
    nothing("text_to_html", argument)
    there, back = textual(html.to_html), textual(html.of_html)
    return Transform(words="text as HTML", there=there, back=back)

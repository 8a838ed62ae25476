"""Pages in the reader's language: plain HTML without scripts, and nothing loaded from elsewhere."""

import base64
import html
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from string import Template
from typing import Any

LANGUAGES = ("en", "ar", "uk")
"""The first is shown to those who read none of them."""


@dataclass(frozen=True, slots=True)
class Locale:
    """The words of one language."""

    language: str
    words: Mapping[str, Any]

    def say(self, path: str, **facts: object) -> str:
        """The words at "section.name", with the facts in them; plain text."""
        found: Any = self.words
        for part in path.split("."):
            found = found[part]
        return str(found).format(**facts)


def locale(accepted: str) -> Locale:
    """The language that an Accept-Language header likes best among ours."""
    return _locale(_preferred(accepted))


def page(told: Locale, title: str, *parts: str) -> bytes:
    """A whole page: `title` is plain text, the parts are HTML."""
    shell = Template(_file("page.html"))
    whole = shell.substitute(
        lang=told.language,
        direction=told.words["direction"],
        title=html.escape(title),
        style=_file("style.css"),
        content="\n".join(parts),
    )
    return whole.encode()


def paragraph(words: str, kind: str = "") -> str:
    """Plain text as a paragraph; each line a line."""
    lines = html.escape(words).replace("\n", "<br>")
    return f'<p class="{kind}">{lines}</p>' if kind else f"<p>{lines}</p>"


def policy() -> str:
    """What a browser may do on such a page: apply our style, and send the form back to us."""
    digest = base64.b64encode(sha256(_file("style.css").encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


def _preferred(accepted: str) -> str:
    liked: list[tuple[float, str]] = []
    for wish in accepted[:500].split(","):
        name, _, weight = wish.partition(";q=")
        language = name.strip().lower().partition("-")[0]
        if language in LANGUAGES:
            liked.append((_weight(weight), language))
    return max(liked, key=lambda one: one[0], default=(0.0, LANGUAGES[0]))[1]


def _weight(told: str) -> float:
    try:
        return float(told) if told else 1.0
    except ValueError:
        return 0.0


@cache
def _locale(language: str) -> Locale:
    return Locale(language, tomllib.loads(_file(f"locales/{language}.toml")))


@cache
def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")

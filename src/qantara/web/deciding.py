"""What the pages of a decision say, and what a form on them may hold."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl

from qantara.engine.asking import Told
from qantara.storage.decisions import Decided
from qantara.web.pages import Locale, page, paragraph

NEGATIVE = frozenset({"reject", "refuse"})

LONGEST = {"email": 254, "code": 200, "reason": 2000, "form": 64, "forget": 1}
"""Characters of each field of a form."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: its status, what is shown, and cookies to be set."""

    status: int
    body: bytes = field(repr=False)
    cookies: Sequence[str] = field(default=(), repr=False)
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a page that asks shows beside the question: `known` is the name of who is recognised."""

    form: str = field(repr=False)
    known: str = ""
    problem: str = ""
    email: str = ""
    reason: str = ""
    status: int = 200


class NoForm(ValueError):
    """What was sent is no form of ours."""


def ask(say: Locale, told: Told, shown: Asked) -> Page:
    """The question, and a form; nothing happens without it."""
    number, verb = told.question.number, told.verb
    parts = [
        _about(told.question.about),
        paragraph(say.say(shown.problem), "alert") if shown.problem else "",
        _form(say, told, shown),
        paragraph(say.say("hint"), "soft"),
    ]
    title = say.say(f"{verb}.ask", number=number)
    return Page(shown.status, page(say, title, *filter(None, parts)))


def decided(say: Locale, told: Told, by: Decided, *, own: bool) -> Page:
    """Who decided what and when; thanks when it was done just now."""
    facts = {"name": by.name, "number": told.question.number, "at": minute(by.at)}
    past = say.say(f"{by.verb}.past", **facts)
    parts = [paragraph(past)]
    if by.reason:
        parts.append(paragraph(f"{say.say('reason_label')}: {by.reason}", "soft"))
    if by.refused:
        parts.append(paragraph(say.say("refused", refused=by.refused), "alert"))
    if own:
        return Page(200, page(say, told.question.number, *parts, _thanks(say, by)))
    return Page(200, page(say, say.say("decided.title"), *parts))


def plain(say: Locale, kind: str, status: int, **facts: object) -> Page:
    """A page that only says why there is nothing to decide."""
    words = say.say(f"{kind}.text", **facts)
    return Page(status, page(say, say.say(f"{kind}.title"), paragraph(words)))


def fields(body: bytes) -> Mapping[str, str]:
    """The fields of a form; raises NoForm for what ours cannot have sent."""
    try:
        found = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=10, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise NoForm from error
    known = {name: value for name, value in found if name in LONGEST}
    if len(known) != len(found) or any(len(one) > LONGEST[name] for name, one in known.items()):
        raise NoForm
    return known


def minute(moment: datetime) -> str:
    """A moment as people read it anywhere."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _about(line: str) -> str:
    return f'<p class="soft"><bdi>{html.escape(line)}</bdi></p>' if line else ""


def _thanks(say: Locale, by: Decided) -> str:
    return paragraph(say.say("thanks", name=by.name), "soft")


def _form(say: Locale, told: Told, shown: Asked) -> str:
    kind = ' class="no"' if told.verb in NEGATIVE else ""
    label = html.escape(say.say(f"{told.verb}.button", number=told.question.number))
    return "\n".join(
        (
            '<form method="post" autocomplete="on">',
            f'<input type="hidden" name="form" value="{html.escape(shown.form)}">',
            _recognised(say, shown) if shown.known else _identity(say, shown),
            _reason(say, shown),
            f"<button{kind}>{label}</button>",
            "</form>",
        )
    )


def _reason(say: Locale, shown: Asked) -> str:
    return (
        f"<label>{html.escape(say.say('reason'))}"
        f'<textarea name="reason" maxlength="{LONGEST["reason"]}" dir="auto">'
        f"{html.escape(shown.reason)}</textarea></label>"
    )


def _recognised(say: Locale, shown: Asked) -> str:
    other = html.escape(say.say("other"))
    return (
        paragraph(say.say("known", name=shown.known))
        + f'<button class="plain" name="forget" value="1" formnovalidate>{other}</button>'
    )


def _identity(say: Locale, shown: Asked) -> str:
    return (
        f"<label>{html.escape(say.say('email'))}"
        f'<input type="email" name="email" dir="ltr" required autocomplete="username" '
        f'maxlength="{LONGEST["email"]}" value="{html.escape(shown.email)}"></label>\n'
        f"<label>{html.escape(say.say('code'))}"
        f'<input type="password" name="code" dir="ltr" required autocomplete="current-password" '
        f'maxlength="{LONGEST["code"]}"></label>'
    )

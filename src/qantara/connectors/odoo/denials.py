"""Odoo's AccessError in words: who may not do what, and which group would let him."""

import re

from qantara.transport import AuthFailed


def denied(message: str, *, login: str, model: str, method: str) -> AuthFailed:
    """The error for a message of Odoo; `model` and `method` are what was called."""
    who = f"The user {login}".rstrip()
    named = model_in(message, model)
    verb = _verb(message, method)
    fields = _FIELD.findall(message) or _ONE_FIELD.findall(message)
    if fields:
        names = ", ".join(name for name, _ in fields)
        groups = sorted({group for _, given in fields for group in _QUOTED.findall(given)})
        return AuthFailed(f"{who} may not {verb} {names} of {named}.", remedy=_give(groups))
    if _RULE.search(message):
        return AuthFailed(
            f"{who} may not {verb} some records of {named}: a record rule hides them.",
            remedy="Widen the rule, or give the user the group or company that sees them.",
        )
    groups = _GROUP.findall(message)
    return AuthFailed(
        f"{who} may not {verb} {named}.",
        remedy=_give(groups) or f"Give the user the right to {verb} {named} {_WHERE}.",
    )


def model_in(message: str, model: str) -> str:
    """The model that the message names in brackets, else `model`."""
    found = _MODEL.search(message)
    return found.group(1) if found else model


_WHERE = "in Odoo (Settings, Users)"

_MODEL = re.compile(r"\(([a-z_]\w*(?:\.\w+)+)\)")
_GROUP = re.compile(r"^\s*- ([^\n]+)$", re.MULTILINE)
_FIELD = re.compile(r"^- (\w+) \(allowed for groups ([^\n]*)\)$", re.MULTILINE)
_ONE_FIELD = re.compile(  # the wording of 19
    r'access the field "(\w+)" on .*^Groups: allowed for groups ([^\n]*)', re.MULTILINE | re.DOTALL
)
_QUOTED = re.compile(r"'([^']+)'")
_RULE = re.compile(r"record rule|security restrictions|top-secret")

_VERBS = {
    "create": "create",
    "modify": "change",
    "write": "change",
    "delete": "delete",
    "unlink": "delete",
    "access": "read",
    "read": "read",
}
_SAID = re.compile(
    rf"not allowed to ({'|'.join(_VERBS)})\b|^Operation: (\w+)|'(\w+)' access", re.MULTILINE
)

_METHODS = {"create": "create", "load": "create", "write": "change", "unlink": "delete"}


def _verb(message: str, method: str) -> str:
    found = _SAID.search(message)
    said = next(filter(None, found.groups()), "") if found else ""
    return _VERBS.get(said) or _METHODS.get(method, "read")


def _give(groups: list[str]) -> str:
    if not groups:
        return ""
    return f"Give the user one of these groups {_WHERE}: {', '.join(groups[:6])}."

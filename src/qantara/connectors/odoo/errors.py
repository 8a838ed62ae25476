"""Odoo's exceptions in our words: what happened, and what a person can do about it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qantara.connectors.odoo.denials import denied, model_in
from qantara.connectors.odoo.schema import module_of
from qantara.transport import (
    AuthFailed,
    ConnectorError,
    NotFound,
    Rejected,
    RetryLater,
    Unsupported,
)

TRANSIENT = re.compile(
    r"could not serialize access|deadlock detected|could not obtain lock|connection pool is full"
    r"|server closed the connection|connection already closed|current transaction is aborted"
    r"|time limit exceeded|too many connections|the database system is (?:starting|shutting)"
    r"|InFailedSqlTransaction|cannot execute .* in a read-only transaction",
    re.IGNORECASE,
)
"""Messages of a call that was rolled back whole and may succeed when sent again."""


class Failure(Exception):
    """An exception of Odoo as it came over any protocol; its traceback is already gone."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(name)
        self.name = name
        self.message = message

    @classmethod
    def of_error(cls, error: Mapping[str, Any]) -> "Failure":
        """From the `error` of a JSON-RPC answer."""
        data = error.get("data") or {}
        message = data.get("message") or error.get("message") or ""
        return cls(str(data.get("name") or error.get("code")), str(message))


class SessionExpired(Failure):
    """The session cookie is not valid any more; nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked when the failure came: enough for a sentence."""

    where: str
    model: str = ""
    method: str = ""
    database: str = ""
    login: str = ""
    secret: str = field(default="", repr=False)


def explain(failure: Failure, asked: Asked) -> ConnectorError:
    """The failure as one of our errors. Unknown names become Rejected with the name in it."""
    message = failure.message.replace(asked.secret, "***") if asked.secret else failure.message
    text = one_line(message)
    for pattern, say in _BY_MESSAGE:
        found = pattern.search(message)
        if found:
            return say(found, asked)
    short = failure.name.rpartition(".")[2]
    for names, tell in _BY_NAME:
        if short in names:
            return tell(text, message, asked)
    return Rejected(f"Odoo answered with {short}: {text}")


def one_line(message: str) -> str:
    """The vendor's message without line breaks, cut where it becomes a lecture."""
    text = " ".join(message.split())
    return text if len(text) <= 500 else text[:497] + "..."


def field_of(message: str, model: str) -> str:
    """The technical name of the field that a message about `model` names, or ""."""
    found = _FIELD.search(message)
    if found:
        return found.group(1) or found.group(2)
    table = model_in(message, model).replace(".", "_")
    link = re.search(rf"Constraint: {table}_(\w+)_fkey", message)
    return link.group(1) if link else ""


_FIELD = re.compile(
    r"(?:^Fields?:|for the field|following constraint:) [^\n(]*\((\w+)\)"
    r"|Wrong value for [\w.]+\.(\w+):",
    re.MULTILINE,
)
_DELETION = re.compile(  # the wordings of 14 to 18 and of 19
    r"another model (?:requires the record being|is using the record you are trying to) delete",
    re.IGNORECASE,
)
_RECORD = re.compile(r"([a-z_]\w*(?:\.\w+)+)\((\d+),?\)")


def _denied(_: str, message: str, asked: Asked) -> ConnectorError:
    return denied(message, login=asked.login, model=asked.model, method=asked.method)


def _refused(_: str, __: str, asked: Asked) -> ConnectorError:
    return AuthFailed(
        f"{asked.where} refused the login {asked.login} with this key or password.",
        remedy="Odoo does not say which of the two is wrong: check the login, then make a new API "
        "key (Preferences, Account Security). With two-factor authentication only a key works.",
    )


def _expired(_: str, __: str, asked: Asked) -> ConnectorError:
    return AuthFailed(
        f"{asked.where} ends the session of {asked.login} as soon as it begins.",
        remedy="Use an API key instead of a password.",
    )


def _missing(_: str, message: str, asked: Asked) -> ConnectorError:
    found = _RECORD.search(message)
    which = f"{found.group(1)} {found.group(2)}" if found else f"A record of {asked.model}"
    return NotFound(f"{which} does not exist any more at {asked.where}.")


def _invalid(text: str, message: str, asked: Asked) -> ConnectorError:
    name = field_of(message, asked.model)
    note = ""
    if _DELETION.search(message) and asked.method != "unlink":
        note = _not_a_deletion(name, message)
    return Rejected(text + note, field=name)


def _not_a_deletion(name: str, message: str) -> str:
    if "onstraint:" in message:
        what = f"the record given for {name or 'a link'} does not exist"
    else:
        what = f"the required field {name} was not given" if name else "a required field is empty"
    return f" (Odoo speaks of a deletion, but nothing was deleted: {what}.)"


def _wrong_value(text: str, message: str, asked: Asked) -> ConnectorError:
    return Rejected(f"Odoo does not accept a value: {text}", field=field_of(message, asked.model))


def _rolled_back(text: str, _: str, asked: Asked) -> ConnectorError:
    return RetryLater(f"{asked.where} was busy with the same records: {text}", after=2.0)


def _no_method(_: str, __: str, asked: Asked) -> ConnectorError:
    return Unsupported(f"{asked.model} has no method {asked.method} in this version of Odoo.")


def _unknown_name(text: str, _: str, asked: Asked) -> ConnectorError:
    """Odoo 16 lets the name of a missing model (web session) or column (load) slip out."""
    name = text.strip("'")
    if name == asked.model:
        return _absent(name, asked)
    if asked.method == "load":
        return _without_field(f"{asked.model}.{name}", asked)
    return Rejected(f"Odoo answered with KeyError: {text}")


def _nothing_there(_: str, __: str, asked: Asked) -> ConnectorError:
    """Odoo 18 says so for a missing model in a web session."""
    return _absent(asked.model, asked)


def _absent(model: str, asked: Asked) -> Unsupported:
    module = module_of(model)
    which = f" (the module {module})" if module else ""
    return Unsupported(
        f"{asked.where} has no {model}{which}.",
        remedy=f"Install the module {module} in Odoo." if module else "",
    )


def _without_field(full: str, asked: Asked) -> Unsupported:
    return Unsupported(
        f"{asked.where} has no field {full}.",
        remedy="It was removed or renamed there, or its module is not installed.",
    )


_Tell = Callable[[str, str, Asked], ConnectorError]

_BY_NAME: tuple[tuple[frozenset[str], _Tell], ...] = (
    (frozenset({"AccessDenied", "Unauthorized"}), _refused),
    (frozenset({"SessionExpiredException"}), _expired),
    (frozenset({"AccessError", "Forbidden"}), _denied),
    (frozenset({"MissingError"}), _missing),
    (frozenset({"ValidationError", "UserError", "RedirectWarning", "Warning"}), _invalid),
    (frozenset({"ValueError", "NumericValueOutOfRange", "DataError"}), _wrong_value),
    (frozenset({"AttributeError"}), _no_method),
    (frozenset({"KeyError"}), _unknown_name),
    (frozenset({"NotFound"}), _nothing_there),
    (
        frozenset({
            "SerializationFailure",
            "DeadlockDetected",
            "LockNotAvailable",
            "LockError",
            "ConcurrencyError",
            "TransactionRollbackError",
            "OperationalError",
            "InterfaceError",
            "QueryCanceled",
            "PoolError",
        }),
        _rolled_back,
    ),
)  # fmt: skip


def _no_model(found: re.Match[str], asked: Asked) -> ConnectorError:
    return _absent(found.group(1), asked)


def _no_field(found: re.Match[str], asked: Asked) -> ConnectorError:
    name, model = found.group(1), found.group(2) or asked.model
    return _without_field(name if "." in name else f"{model}.{name}", asked)


def _no_language(found: re.Match[str], asked: Asked) -> ConnectorError:
    return Unsupported(
        f"The language {found.group(1)} is not active at {asked.where}.",
        remedy="Add it in Odoo: Settings, Translations, Languages.",
    )


def _no_company(_: re.Match[str], asked: Asked) -> ConnectorError:
    return AuthFailed(
        f"The user {asked.login} does not belong to the company asked for.",
        remedy="Add the company to the user's allowed companies in Odoo (Settings, Users).",
    )


def _no_database(_: re.Match[str], asked: Asked) -> ConnectorError:
    return AuthFailed(
        f"{asked.where} has no database named {asked.database}.",
        remedy="Correct the database's name in the settings of the connection.",
    )


def _cooling(_: re.Match[str], asked: Asked) -> ConnectorError:
    return RetryLater(
        f"{asked.where} lets nobody in for a minute after too many failed logins.", after=60.0
    )


def _private(_: re.Match[str], asked: Asked) -> ConnectorError:
    return Unsupported(f"{asked.model}.{asked.method} cannot be called from outside.")


def _unlisted(_: re.Match[str], asked: Asked) -> ConnectorError:
    return _no_method("", "", asked)


def _strange(found: re.Match[str], asked: Asked) -> ConnectorError:
    return Unsupported(f"{asked.model}.{asked.method} takes no {found.group(1)} in this version.")


def _transient(found: re.Match[str], asked: Asked) -> ConnectorError:
    return _rolled_back(found.group(0), "", asked)


_Say = Callable[[re.Match[str], Asked], ConnectorError]

_BY_MESSAGE: tuple[tuple[re.Pattern[str], _Say], ...] = (
    (re.compile(r"Too many login failures"), _cooling),
    (re.compile(r"database \S+ does not exist|Database not found"), _no_database),
    (TRANSIENT, _transient),
    (re.compile(r"Object (\S+) doesn't exist"), _no_model),
    (re.compile(r"the model '([\w.]+)' does not exist"), _no_model),
    (
        re.compile(r"Invalid field (?:name )?'?([\w.]+)'?(?: on (?:model )?'?([\w.]+)'?)?"),
        _no_field,
    ),
    (re.compile(r"Invalid language code: (\w+)"), _no_language),
    (re.compile(r"unauthorized or invalid companies"), _no_company),
    (re.compile(r"unexpected keyword argument '(\w+)'"), _strange),
    (re.compile(r"Private methods? .*cannot be called"), _private),
    (re.compile(r"The method '[\w.]+' does not exist|has no attribute '\w+'$"), _unlisted),
)

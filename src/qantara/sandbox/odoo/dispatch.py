"""One call of one method on one model: rights, arguments, transaction."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from qantara.sandbox.odoo import companies
from qantara.sandbox.odoo import load as loading
from qantara.sandbox.odoo.business.automation import groups_of
from qantara.sandbox.odoo.env import Database, Env
from qantara.sandbox.odoo.errors import (
    AccessError,
    BadArguments,
    MissingMethod,
    MissingModel,
    NotImitated,
    OdooError,
    PythonError,
)
from qantara.sandbox.odoo.model import Model

READ = {
    *("search", "search_read", "search_count", "name_search", "read", "fields_get"),
    *("get_field_translations", "default_get", "context_get", "read_group"),
    *("get_view", "get_views"),
}
OPERATIONS = {
    **dict.fromkeys(READ, "read"),
    "create": "create",
    "unlink": "unlink",
    "load": "create",
}
WITHOUT_RIGHTS = frozenset(
    {"context_get", "fields_get", "check_access_rights", "has_access", "default_get", "run"}
)
MODEL_METHODS = frozenset(
    {
        *("search", "search_read", "search_count", "name_search", "fields_get", "default_get"),
        *("create", "load", "check_access_rights", "read_group", "get_view", "get_views"),
    }
)
WITHOUT_RECORDS = MODEL_METHODS | {"context_get"}
"""Methods that take no ids, those of single models included."""
RECORD_METHODS = frozenset(
    {
        *("read", "write", "unlink", "get_field_translations", "update_field_translations"),
        *("action_archive", "action_unarchive", "toggle_active", "has_access", "check_access"),
    }
)
POSTING = frozenset({"message_post", "message_unsubscribe"})
KNOWN = frozenset(
    {
        *("copy", "export_data", "web_read", "web_search_read", "web_save"),
        *("name_create", "exists", "onchange", "fields_view_get"),
        *("formatted_read_group", "check_access_rule", "browse", "ensure_one", "get_metadata"),
        *("message_subscribe", "activity_schedule", "get_external_id", "get_metadata"),
        *(
            "web_read_group",
            "copy_data",
            "filtered_domain",
            "read_progress_bar",
            "copy_translations",
        ),
    }
)
UNHANDLED = (TypeError, ValueError, KeyError, AttributeError, IndexError)
WORDS = {"read": "access", "write": "modify", "create": "create", "unlink": "delete"}


@dataclass(slots=True)
class User:
    """Who may call, with what, and what of it is forbidden."""

    uid: int
    login: str
    key: str
    password: str | None = None
    denied: set[tuple[str, str]] = field(default_factory=set)
    allowed: Mapping[str, Sequence[str]] | None = None

    def may(self, model: str, operation: str) -> bool:
        if (model, operation) in self.denied:
            return False
        return self.allowed is None or operation in self.allowed.get(model, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What a caller asks for, whatever the protocol."""

    model: str
    method: str
    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    arrived: str = ""

    @property
    def context(self) -> Mapping[str, Any]:
        return self.kwargs.get("context") or {}


def writes(method: str) -> bool:
    """Does this method change anything?"""
    return method not in READ | {"check_access_rights", "has_access", "check_access"}


def records(method: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> int:
    """How many records a call is about, as far as its arguments say."""
    places = {"create": (0, "vals_list"), "load": (1, "data")}
    place, name = places.get(method, (0, "ids"))
    if method in READ and method != "read":
        return 0
    subject = args[place] if len(args) > place else kwargs.get(name)
    return len(subject) if isinstance(subject, list) else int(subject is not None)


def invoke(database: Database, user: User, call: Invocation) -> Any:
    """The method's result; everything is undone when it raises."""
    env = Env(database, user.uid, database.store.now(), dict(call.context), call.arrived)
    try:
        result = _invoke(env, user, call)
    except OdooError:
        database.store.rollback()
        raise
    except UNHANDLED as error:  # the real server answers these by their Python names too
        database.store.rollback()
        raise PythonError(type(error).__name__, str(error)) from error
    except BaseException:
        database.store.rollback()
        raise
    failed = call.method == "load" and result["ids"] is False
    if failed:
        database.store.rollback()
    else:
        database.store.commit()
    return result


def _invoke(env: Env, user: User, call: Invocation) -> Any:
    if not env.has(call.model):
        raise MissingModel(f"Object {call.model} doesn't exist")
    env.check_language()
    _check_companies(env)
    model = env.model(call.model)
    _check_method(env, model, call.method)
    if call.method in ("check_access_rights", "has_access", "check_access"):
        return _tell_rights(env, user, call)
    if call.method not in WITHOUT_RIGHTS:
        check_rights(user, model, OPERATIONS.get(call.method, "write"))
    if env.version == 17 and call.method == "fields_get":
        _check_charts(user, model, call)
    told = {name: value for name, value in call.kwargs.items() if name != "context"}
    args, kwargs = companies.ruled(model, call.method, call.args, told)
    if call.method == "load":
        fields, data = _bound(_load_signature, args, kwargs, call.method)
        return loading.load(env, call.model, fields, data)
    method = getattr(model, call.method)
    return method(*_bound(method, args, kwargs, call.method), **_extra(method, kwargs))


def check_rights(user: User, model: Model, operation: str) -> None:
    """Raises the server's long sentence."""
    if not _may(model.env, user, model.name, operation):
        raise AccessError(
            f"You are not allowed to {WORDS[operation]} '{model.label}' ({model.name}) records.\n\n"
            "This operation is allowed for the following groups:\n\t- Administration/Settings\n\n"
            "Contact your administrator to request access if necessary."
        )


def _check_charts(user: User, model: Model, call: Invocation) -> None:
    """17 alone finds the charts of accounts that a company may choose among the modules."""
    attributes = call.args[1] if len(call.args) > 1 else call.kwargs.get("attributes")
    if model.name == "res.company" and (not attributes or "selection" in attributes):
        check_rights(user, model.env.model("ir.module.module"), "read")


def _check_method(env: Env, model: Model, name: str) -> None:
    if name.startswith("_"):
        shown = name if env.version < 18 else f"'{model.name}.{name}'"
        raise AccessError(f"Private methods (such as {shown}) cannot be called remotely.")
    if name == "check_access" or (name == "has_access" and env.version < 18):
        raise _no_method(model, name)
    posting = name in POSTING and "message_post" in model.METHODS
    if name in MODEL_METHODS | RECORD_METHODS or name in model.METHODS | model.MODEL_METHODS:
        return
    if posting:
        return
    if name in KNOWN or name in model.KNOWN:
        raise NotImitated(f"the method {model.name}.{name}")
    raise _no_method(model, name)


def _no_method(model: Model, name: str) -> MissingMethod:
    text = f"The method '{model.name}.{name}' does not exist"
    if model.env.version < 18:
        text = f"The method '{name}' does not exist on the model '{model.name}'"
    return MissingMethod("AttributeError", text)


def _check_companies(env: Env) -> None:
    allowed = env.context.get("allowed_company_ids")
    companies = env.store.table("res.company").rows
    if allowed is not None and any(each not in companies for each in allowed):
        raise AccessError("Access to unauthorized or invalid companies.")


def _may(env: Env, user: User, model: str, operation: str) -> bool:
    """Of a manual model only its own access rights say, for administrators too."""
    if not model.startswith("x_"):
        return user.may(model, operation)
    groups = groups_of(env.model(model), user.uid)
    for row in env.store.table("ir.model.access").rows.values():
        about = env.store.table("ir.model").rows[row["model_id"]]["model"]
        group = row.get("group_id")
        if about == model and row.get(f"perm_{operation}") and (not group or group in groups):
            return True
    return False


def _tell_rights(env: Env, user: User, call: Invocation) -> bool:
    """check_access_rights(operation, raise_exception=True); has_access(ids, operation)."""
    args = list(call.args)
    if call.method == "has_access" and args:
        args.pop(0)
    operation = args[0] if args else call.kwargs.get("operation")
    if operation not in WORDS:
        raise BadArguments("TypeError", f"unknown operation {operation!r}")
    loud = args[1] if len(args) > 1 else call.kwargs.get("raise_exception", True)
    granted = _may(env, user, call.model, operation)
    if not granted and call.method == "check_access_rights" and loud:
        raise AccessError(
            f"You are not allowed to {WORDS[operation]} '{call.model}' ({call.model}) records."
        )
    return granted


def _bound(
    method: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], where: str
) -> tuple[Any, ...]:
    """Positional arguments in the method's own order; raises the TypeError of a bad call."""
    signature = _signature(method.__func__ if inspect.ismethod(method) else method)
    own = [None] if inspect.ismethod(method) else []
    try:
        bound = signature.bind(*own, *args, **kwargs)
    except TypeError as error:
        text = str(error).replace(
            "missing a required argument", "missing 1 required positional argument"
        )
        raise BadArguments("TypeError", f"BaseModel.{where}() {text}") from None
    bound.apply_defaults()
    return tuple(bound.args[len(own) :])


def _extra(method: Callable[..., Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments that only a method with ** can take."""
    parameters = _signature(method.__func__ if inspect.ismethod(method) else method).parameters
    if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return {}
    return {name: value for name, value in kwargs.items() if name not in parameters}


@lru_cache(maxsize=512)
def _signature(function: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(function)


def _load_signature(fields: Sequence[str], data: Sequence[Sequence[str]]) -> None:
    """How `load` is called."""

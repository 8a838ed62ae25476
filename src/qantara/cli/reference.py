"""The reference pages of the command line and of qantara.toml, written from the code itself.

python -m qantara.cli.reference > docs/reference/cli.md
python -m qantara.cli.reference configuration > docs/reference/configuration.md
"""

import sys
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from qantara import flows
from qantara.cli import (
    approvers,
    backup,
    bridge,
    check,
    conflicts,
    connect,
    dead_letters,
    demo,
    drift,
    init,
    ledger,
    link,
    mapping,
    outbox,
    plan,
    questions,
    replaying,
    restore,
    run,
    scheduler,
    selftest,
    status,
    sync,
    trace,
    verify,
    web,
    webhooks,
    worker,
)
from qantara.cli.program import app
from qantara.cli.words import EXIT_CODES
from qantara.runtime.configuration import FlowSettings, HubSettings, LinkSettings, recipes
from qantara.runtime.connection_settings import ConnectionSettings
from qantara.runtime.maintenance import Window
from qantara.runtime.schedule import Schedule

ANSWERS: Mapping[str, Mapping[str, str]] = {
    "init": init.JSON,
    "connect": connect.JSON,
    "check": check.JSON,
    "plan": plan.JSON,
    "run": run.JSON,
    "sync": sync.JSON,
    "verify": verify.JSON,
    "drift": drift.JSON,
    "trace": trace.JSON,
    "status": status.JSON,
    "backup": backup.JSON,
    "restore": restore.JSON,
    "demo": demo.JSON,
    "selftest": selftest.JSON,
    "web": web.JSON,
    "worker": worker.JSON,
    "scheduler": scheduler.JSON,
    "dead-letters list": dead_letters.JSON_OF_LIST,
    "dead-letters show": dead_letters.JSON_OF_SHOW,
    "dead-letters edit": replaying.JSON_OF_EDIT,
    "dead-letters retry": replaying.JSON_OF_RETRY,
    "dead-letters export": dead_letters.JSON_OF_EXPORT,
    "conflicts list": conflicts.JSON_OF_LIST,
    "conflicts show": conflicts.JSON_OF_SHOW,
    "conflicts decide": conflicts.JSON_OF_DECIDE,
    "questions list": questions.JSON_OF_LIST,
    "questions show": questions.JSON_OF_SHOW,
    "questions answer": questions.JSON_OF_ANSWER,
    "questions reopen": questions.JSON_OF_REOPEN,
    "outbox show": outbox.JSON_OF_SHOW,
    "outbox install": outbox.JSON_OF_INSTALL,
    "outbox remove": outbox.JSON_OF_REMOVE,
    "bridge plan": bridge.JSON_OF_PLAN,
    "bridge apply": bridge.JSON_OF_APPLY,
    "bridge remove": bridge.JSON_OF_REMOVE,
    "approvers add": approvers.JSON_OF_ADD,
    "approvers list": approvers.JSON_OF_LIST,
    "approvers remove": approvers.JSON_OF_REMOVE,
    "approvers ask": approvers.JSON_OF_ASK,
    "webhooks show": webhooks.JSON_OF_SHOW,
    "webhooks rotate": webhooks.JSON_OF_ROTATE,
    "ledger show": ledger.JSON_OF_SHOW,
    "ledger export": ledger.JSON_OF_EXPORT,
    "ledger check": ledger.JSON_OF_CHECK,
    "link propose": link.JSON_OF_PROPOSE,
    "link pair": link.JSON_OF_PAIR,
    "mapping show": mapping.JSON_OF_SHOW,
    "mapping set": mapping.JSON_OF_SET,
    "mapping remove": mapping.JSON_OF_REMOVE,
    "mapping test": mapping.JSON_OF_TEST,
    "mapping check": mapping.JSON_OF_CHECK,
}
"""The keys of what each command prints with --json."""

CLI_HEAD = """\
# The command line

Results go to standard output, progress and errors to standard error. Off a terminal, bars become
lines. `NO_COLOR=1` switches colours off. Every command works in a *home*, the folder that
`qantara init` makes.

## Exit codes
"""

JSON_HEAD = """\

With `--json` the result is one JSON object on standard output; its keys are listed with each command
and stay as they are. An error is an object with the key `error`: `kind`, `reason`, `remedy`, and
`problems`, all of them where there are several. The exit code is the same with and without `--json`.

Secrets come from the vault. For a connection `factory` the variables `QANTARA_FACTORY_KEY` and
`QANTARA_FACTORY_PASSWORD` take precedence.
"""

CONFIGURATION_HEAD = """\
# Configuration

`qantara.toml` says what is to be kept in agreement. It is checked as a whole whenever a command
starts: every mistake is told with its line and what to write in its place. Secrets are refused; they
belong into the vault (`qantara connect`).

```toml
[hub]
languages = ["en", "ar"]

[[flows]]
recipe = "supply"
factory = "factory"
buyer = "buyer"
every = "5m"

[flows.links.stock_level]
every = "1m"

[flows.links.product]
exclude = ["description"]
on_delete = "archive"
```
"""


def command_line() -> str:
    """The page of all commands."""
    program: Any = typer.main.get_command(app)
    lines = [CLI_HEAD, "| Code | Meaning |", "|---|---|"]
    lines += [f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items()]
    lines += [JSON_HEAD, "## qantara", "", program.help, "", *_parameters(program)]
    for name, command in program.commands.items():
        inner = getattr(command, "commands", None)
        if inner:
            lines += [f"## qantara {name}", "", command.help, ""]
        for sub, each in (inner or {"": command}).items():
            lines += _command(f"{name} {sub}".strip(), each, "###" if inner else "##")
    return "\n".join(lines).rstrip() + "\n"


def _command(name: str, command: Any, mark: str) -> Iterator[str]:
    arguments = [_shown(each) for each in command.params if each.param_type_name == "argument"]
    yield f"{mark} qantara {name}"
    yield ""
    yield f"    {' '.join(['qantara', name, *arguments, '[options]'])}"
    yield ""
    yield command.help
    yield ""
    yield from _parameters(command)
    if keys := ANSWERS.get(name):
        yield "| With `--json` | |"
        yield "|---|---|"
        yield from (f"| `{key}` | {meaning} |" for key, meaning in keys.items())
        yield ""


def _parameters(command: Any) -> Iterator[str]:
    """Arguments and options, `--help` left out."""
    rows = [each for each in command.params if each.help]
    if not rows:
        return
    yield "| Argument or option | |"
    yield "|---|---|"
    yield from (f"| `{_shown(each)}` | {each.help} |" for each in rows)
    yield ""


def _shown(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        name = parameter.metavar or parameter.name.upper()
        return name if parameter.required or name.startswith("[") else f"[{name}]"
    flags = ", ".join((*parameter.opts, *parameter.secondary_opts))
    if parameter.is_flag:
        return flags
    return f"{flags} {parameter.metavar or parameter.opts[-1].lstrip('-').upper()}"


def configuration() -> str:
    """The page of qantara.toml."""
    lines = [CONFIGURATION_HEAD, *_table("[hub]", HubSettings)]
    lines += _table("[connections.NAME]", ConnectionSettings)
    lines += _table("[[flows]]", FlowSettings)
    for name in recipes():
        recipe = flows.load(name)
        lines += [f'## [[flows]] with `recipe = "{name}"`', "", f"{recipe.title}.", ""]
        lines += _rows(recipe.Options)
    lines += _table("[flows.links.LINK]", LinkSettings)
    return "\n".join(lines).rstrip() + "\n"


def _table(title: str, model: type[BaseModel]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield model.__doc__ or ""
    yield ""
    yield from _rows(model)


def _rows(model: type[BaseModel]) -> Iterator[str]:
    yield "| Key | Value | Default | Meaning |"
    yield "|---|---|---|---|"
    for name, field in model.model_fields.items():
        meaning = " ".join((field.description or "").split())
        yield f"| `{name}` | {_kind(field.annotation)} | {_default(field)} | {meaning} |"
    yield ""


def _kind(annotation: Any) -> str:
    parts = [part for part in get_args(annotation) if part is not type(None)]
    if get_origin(annotation) is Literal:
        return " or ".join(f'`"{part}"`' for part in parts)
    if annotation in _KINDS:
        return _KINDS[annotation]
    origin = get_origin(annotation)
    if origin is dict:
        return "tables"
    if origin in (tuple, frozenset):
        return f"list of {_kind(parts[0])}"
    return _kind(parts[0])


_KINDS: Mapping[Any, str] = {
    str: "text",
    bool: "true or false",
    int: "number",
    float: "number",
    Decimal: "number",
    date: "date",
    Schedule: "schedule",
    Window: "window",
}


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.default
    if value in (None, "", (), {}, PydanticUndefined):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, frozenset | tuple):
        return ", ".join(f'`"{one}"`' for one in sorted(value))
    return f"`{value}`" if isinstance(value, int | float) else f'`"{value}"`'


if __name__ == "__main__":
    sys.stdout.write(configuration() if "configuration" in sys.argv[1:] else command_line())

"""Errors as sentences with a remedy and an exit code; never a traceback on the screen."""

import json
import traceback
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import typer
from typer.core import TyperGroup

from qantara.cli.desk import Desk
from qantara.cli.words import ATTENTION, BUSY, CONNECTION, INTERRUPTED, UNEXPECTED, USAGE
from qantara.runtime.configuration import ConfigurationError
from qantara.runtime.home import HomeBusy, HomeError, find
from qantara.runtime.hub import Unseen
from qantara.storage.errors import ProofBroken, StorageError, StorageUnavailable
from qantara.transport import ConnectorError

CODES: Mapping[type[BaseException], int] = {
    HomeBusy: BUSY,
    Unseen: ATTENTION,
    HomeError: USAGE,
    ConfigurationError: USAGE,
    StorageUnavailable: CONNECTION,
    ProofBroken: ATTENTION,
    StorageError: USAGE,
    ConnectorError: CONNECTION,
    KeyboardInterrupt: INTERRUPTED,
    typer.Abort: INTERRUPTED,
}
"""The first class that fits decides."""

_PASSED_ON = (typer.Exit, BrokenPipeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What is told of an error."""

    code: int
    kind: str
    sentences: tuple[tuple[str, str], ...]


class Guarded(TyperGroup):
    """The group of all commands: what any of them raises ends here."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; tell its error and leave with the exit code that belongs to it."""
        try:
            return super().invoke(ctx)
        except (Exception, KeyboardInterrupt) as error:
            if isinstance(error, _PASSED_ON) or _is_usage(error):
                raise
            raise typer.Exit(tell(ctx.obj or Desk(), error)) from error


def tell(desk: Desk, error: BaseException) -> int:
    """Say what happened and what to do; returns the exit code."""
    failure = describe(desk, _first(error))
    told = [[_without(part, desk.hidden) for part in one] for one in failure.sentences]
    for reason, remedy in told:
        desk.tell(reason, "bold red")
        if remedy:
            desk.tell(remedy)
    if desk.as_json:
        problems = [{"reason": reason, "remedy": remedy} for reason, remedy in told]
        answer = {"error": {"kind": failure.kind, **problems[0], "problems": problems}}
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    return failure.code


def describe(desk: Desk, error: BaseException) -> Failure:
    """The error in sentences; the details of an unexpected one are put into a file."""
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), UNEXPECTED)
    kind = type(error).__name__
    if isinstance(error, ConfigurationError):
        lines = tuple((f"{p.file}, line {p.line}: {p.what}", p.remedy) for p in error.problems)
        return Failure(code=code, kind=kind, sentences=lines)
    if code == INTERRUPTED:
        said = ("Stopped. The next run goes on from here.", "")
        return Failure(code=code, kind="Interrupted", sentences=(said,))
    if code == UNEXPECTED:
        return Failure(code=code, kind=kind, sentences=(_unexpected(desk, error),))
    said = (str(error), getattr(error, "remedy", ""))
    return Failure(code=code, kind=kind, sentences=(said,))


def _unexpected(desk: Desk, error: BaseException) -> tuple[str, str]:
    said = f"Something unexpected happened ({type(error).__name__})."
    text = _without("".join(traceback.format_exception(error)), desk.hidden)
    try:
        logs = find(desk.given_home).logs
        logs.mkdir(mode=0o700, exist_ok=True)
        file = logs / f"error-{datetime.now():%Y%m%d-%H%M%S-%f}.txt"  # noqa: DTZ005 - the user's clock
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)
    except (HomeError, OSError):
        lines = text.strip().splitlines()
        return said, f"It could not be written down, since there is no home: {lines[-1]}"
    return said, f"Its details are in {file}; please report them. It is safe to try again."


def _first(error: BaseException) -> BaseException:
    """Of several errors at once, the first tells enough."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _is_usage(error: BaseException) -> bool:
    """What the parser of the command line raises, it also shows, with exit code 2."""
    return hasattr(error, "exit_code") and hasattr(error, "show")


def _without(text: str, hidden: Collection[str]) -> str:
    for secret in sorted(hidden, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text

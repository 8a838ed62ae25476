"""`qantara.toml` as objects: read, checked as a whole, every problem told with its line."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from pkgutil import iter_modules
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, ValidationError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from qantara import flows
from qantara.runtime import toml_lines
from qantara.runtime.complaints import Complaint, complaints, named_like_secrets, unknown
from qantara.runtime.connection_settings import ConnectionSettings
from qantara.runtime.schedule import FORMS, Schedule
from qantara.runtime.toml_lines import Path as KeyPath

M = TypeVar("M", bound=BaseModel)

_NAME = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to correct: `what` is wrong on which line, and the `remedy`, both sentences."""

    file: Path
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.what} {self.remedy}".rstrip()


class ConfigurationError(Exception):
    """The configuration cannot be used; `problems` are all of them, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.line)
        super().__init__("\n".join(map(str, self.problems)))


def _schedule(value: object) -> Schedule:
    if isinstance(value, Schedule):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no schedule; write {FORMS}")  # noqa: TRY004 - pydantic's way
    return Schedule.parse(value)


Times = Annotated[Schedule, BeforeValidator(_schedule)]


Owner = Literal["source", "target", "newest", "ask"]


class HubSettings(BaseModel):
    """What concerns the installation as a whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database: str | None = Field(
        default=None,
        description="Where the journal is kept: `sqlite:///file` (from the home) or "
        "`postgresql+psycopg://user@host/database`. The environment's `QANTARA_DATABASE_URL` "
        "takes precedence, and is the place for a URL with a password.",
    )
    languages: tuple[str, ...] = Field(
        default=(),
        description="The languages in which texts are carried over, by ISO 639-1 code, the main "
        "one first. Without it: all that both sides have.",
    )
    address: str = Field(
        default="",
        pattern=r"^$|^https?://[^\s/]+(/[^\s]*)?$",
        description="Where other systems reach this hub's entrance, such as "
        "`https://hub.example.com`: systems that can be told so ring there by themselves.",
    )
    drift: Times = Field(
        default=Schedule.parse("15m"),
        description="How often a part of what was carried over is compared on both sides, so that "
        'what was changed behind the hub\'s back is found and mended: an interval, or `"off"`.',
    )
    keep_days: int = Field(
        default=90,
        ge=1,
        description="How many days the journal keeps what happened to each change. The sealed "
        "totals of each run stay for ever.",
    )
    keep_unchanged_days: int = Field(
        default=7,
        ge=1,
        description="How many days it keeps the lines of changes that turned out to be none.",
    )


class LinkSettings(BaseModel):
    """What differs for one link of a flow."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    every: Times | None = Field(default=None, description="Its own schedule.")
    off: StrictBool = Field(default=False, description="`true`: the link never runs.")
    shadow: StrictBool = Field(
        default=False,
        description="`true`: the link runs as ever and writes nothing; `qantara status` and the "
        "ledger tell what it would have written.",
    )
    exclude: tuple[str, ...] = Field(
        default=(), description="Fields that are not carried over; each side keeps its own."
    )
    on_delete: Literal["ask", "archive", "propagate", "ignore"] | None = Field(
        default=None,
        description="What happens at the other side when a record was deleted: `ask` a person, "
        "`archive` it, `propagate` the deletion (where it is refused: archive), or `ignore` it.",
    )
    two_way: StrictBool = Field(
        default=False,
        description="`true`: what changes or is new at the target is carried back, too.",
    )
    rules: dict[str, Owner] = Field(
        default_factory=dict,
        description="Of a two-way link, by field: whether the `source` or the `target` owns it, or "
        "whether the `newest` value holds, or a person is to `ask`, when both sides changed it.",
    )
    default_rule: Owner | None = Field(
        default=None, description="The rule of the fields that `rules` does not name; else `ask`."
    )


class FlowSettings(BaseModel):
    """What every flow has; its recipe's own options stand beside these."""

    model_config = ConfigDict(extra="allow", frozen=True)

    recipe: str = Field(description="Which recipe it follows.")
    name: str = Field(default="", description="What the flow is called; the recipe's name else.")
    every: Times = Field(
        default=Schedule.parse("auto"),
        description='How often `qantara sync` asks the source: `"auto"` (every 2 seconds while '
        'something changes, ever more seldom, up to a minute, while nothing does), `"30s"`, `"5m"`, '
        '`"1h"`, `"at 02:00"` (daily, by the machine\'s clock) or `"off"`.',
    )
    links: dict[str, LinkSettings] = Field(
        default_factory=dict, description="Settings of single links, by the link's name."
    )


class Settings(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hub: HubSettings = HubSettings()
    connections: dict[str, ConnectionSettings] = Field(default_factory=dict)
    flows: tuple[FlowSettings, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A configured flow: its recipe, what every flow has, and the recipe's checked options."""

    name: str
    recipe: Any
    settings: FlowSettings
    options: Any
    path: KeyPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The checked file; `lines` say where each key stands, for what is found out later."""

    file: Path
    hub: HubSettings
    flows: tuple[Flow, ...]
    lines: Mapping[KeyPath, int] = field(repr=False)
    connections: Mapping[str, ConnectionSettings] = field(default_factory=dict)

    def connection(self, name: str) -> ConnectionSettings:
        """How the connection of this name is to be treated."""
        return self.connections.get(name, ConnectionSettings())

    def problem(self, path: KeyPath, what: str, remedy: str) -> ConfigurationError:
        """An error that names the line of `path`."""
        line = toml_lines.nearest(self.lines, path)
        return ConfigurationError([Problem(file=self.file, line=line, what=what, remedy=remedy)])


def read(file: Path) -> Configuration:
    """The configuration in `file`; raises ConfigurationError with all of its problems."""
    text = _text(file)
    data = _parsed(file, text)
    reading = _Reading(file, toml_lines.lines(text))
    reading.refuse_secrets(data)
    settings = reading.checked(Settings, data, ())
    found = reading.flows(settings) if settings else ()
    if settings and not reading.problems:
        reading.know_connections(settings, found)
    if reading.problems or settings is None:
        raise ConfigurationError(reading.problems)
    return Configuration(
        file=file,
        hub=settings.hub,
        flows=found,
        lines=reading.lines,
        connections=settings.connections,
    )


class _Reading:
    """Goes through the file once and gathers what is wrong."""

    def __init__(self, file: Path, lines: Mapping[KeyPath, int]) -> None:
        self.file = file
        self.lines = lines
        self.problems: list[Problem] = []

    def refuse_secrets(self, data: dict[str, Any]) -> None:
        """Take out what is named like a secret, and say so."""
        for path, name, table in named_like_secrets(data):
            del table[name]
            self.tell(
                path,
                Complaint(
                    f"{name} is named like a secret, and this file is no place for secrets.",
                    "Remove it, change the secret if others have seen the file, and put it into "
                    "the vault with `qantara connect`.",
                ),
            )
        database = data.get("hub", {}).get("database") if isinstance(data.get("hub"), dict) else ""
        if _holds_password(database):
            self.tell(
                ("hub", "database"),
                Complaint(
                    "The database URL holds a password, and this file is no place for secrets.",
                    "Put the whole URL into the environment as QANTARA_DATABASE_URL, or the "
                    "password into ~/.pgpass.",
                ),
            )

    def checked(self, model: type[M], data: object, base: KeyPath) -> M | None:
        """`data` as the model, or None and its problems."""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            for path, complaint in complaints(error, model):
                self.tell((*base, *path), complaint)
            return None

    def flows(self, settings: Settings) -> tuple[Flow, ...]:
        """Each flow with its recipe and options."""
        every = [self._flow(each, ("flows", i)) for i, each in enumerate(settings.flows)]
        found = [flow for flow in every if flow]
        for flow in found:
            first = next(other for other in found if other.name == flow.name)
            if first is not flow:
                what = f"Two flows are called {flow.name!r}."
                self.tell((*flow.path, "name"), Complaint(what, "Give one of them another name."))
        return tuple(found)

    def know_connections(self, settings: Settings, found: tuple[Flow, ...]) -> None:
        """A table for a connection that no flow uses is a mistake in its name."""
        used = sorted({getattr(flow.options, role) for flow in found for role in flow.recipe.roles})
        for name in settings.connections:
            if name not in used:
                self.tell(("connections", name), unknown(name, used, "connection of a flow"))

    def _flow(self, settings: FlowSettings, path: KeyPath) -> Flow | None:
        known = recipes()
        if settings.recipe not in known:
            self.tell((*path, "recipe"), unknown(settings.recipe, known, "recipe"))
            return None
        recipe = flows.load(settings.recipe)
        options = self._options(recipe.Options, settings, path)
        name = settings.name or settings.recipe
        if not _NAME.fullmatch(name):
            remedy = "Use letters, digits, hyphens and underscores."
            self.tell((*path, "name"), Complaint(f"A flow cannot be called {name!r}.", remedy))
        if options is None:
            return None
        return Flow(name=name, recipe=recipe, settings=settings, options=options, path=path)

    def _options(
        self, model: type[BaseModel], settings: FlowSettings, path: KeyPath
    ) -> BaseModel | None:
        """The recipe's own options; a key that neither knows is named after the nearest of both."""
        try:
            return model.model_validate(settings.model_extra or {})
        except ValidationError as error:
            for inner, complaint in complaints(error, model):
                told = complaint
                if len(inner) == 1 and inner[0] not in model.model_fields:
                    both = [*FlowSettings.model_fields, *model.model_fields]
                    told = unknown(str(inner[0]), both, "key")
                self.tell((*path, *inner), told)
            return None

    def tell(self, path: KeyPath, complaint: Complaint) -> None:
        """One more problem, on the line of `path`."""
        line = toml_lines.nearest(self.lines, path)
        self.problems.append(
            Problem(file=self.file, line=line, what=complaint.what, remedy=complaint.remedy)
        )


def recipes() -> list[str]:
    """The names of all recipes."""
    return sorted(module.name for module in iter_modules(flows.__path__) if module.ispkg)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        what = "The file is not UTF-8 text."
        raise _unreadable(file, what, "Save it again as UTF-8.") from error
    except OSError as error:
        what = f"The file cannot be read: {error.strerror}."
        remedy = "Give the user Qantara runs as the right to read it."
        raise _unreadable(file, what, remedy) from error


def _parsed(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said, _, place = str(error).partition(" (at ")
        found = re.search(r"line (\d+)", place)
        line = int(found[1]) if found else text.count("\n") + 1
        remedy = "Text stands in quotation marks, tables in brackets; see https://toml.io."
        problem = Problem(file=file, line=line, what=f"This is not TOML: {said}.", remedy=remedy)
        raise ConfigurationError([problem]) from error


def _unreadable(file: Path, what: str, remedy: str) -> ConfigurationError:
    return ConfigurationError([Problem(file=file, line=1, what=what, remedy=remedy)])


def _holds_password(url: object) -> bool:
    try:
        return isinstance(url, str) and bool(make_url(url).password)
    except ArgumentError:
        return False  # the store says what is wrong with it

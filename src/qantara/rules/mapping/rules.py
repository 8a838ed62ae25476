"""One rule: what it reads, how it changes it, which field it sets, and its way back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qantara.rules.mapping import expressions
from qantara.rules.mapping.faults import Flawed, Unmappable
from qantara.rules.mapping.paths import EVERY, Path, element, path
from qantara.rules.mapping.reading import Entry
from qantara.rules.mapping.step import Transform
from qantara.rules.mapping.transforms import transform
from qantara.rules.mapping.values import text

SOURCES = ("from", "constant", "expression")
KEYS = (*SOURCES, "transform", "default")

EACH = "each"
"""What an expression calls the element of the list that `*` stands for."""

STARRED = f".{EVERY}."

Scope = tuple[Any, Any]
"""The record, and the element of its list where the rule is for each of one."""

Get = Callable[[Scope], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule that was compiled.

    `sources` are the paths that it reads, `written` the place that it sets in the record or in each
    element of `outer`. Without a way back `why` is the sentence that says so.
    """

    field: str
    line: int
    words: str
    sources: tuple[str, ...]
    outer: Path | None
    written: Path
    read: Get
    steps: tuple[Transform, ...]
    home: tuple[Path, ...] = ()
    why: str = ""

    @property
    def top(self) -> str:
        """The field of the record that the rule sets, as a whole or in part."""
        return self.field.partition(".")[0]

    def there(self, record: Any) -> Any:
        """The value for the field, or for each element; raises Unmappable."""
        if self.outer is None:
            return self._value((record, None))
        return [self._value((record, one)) for one in self.outer.get(record) or ()]

    def put(self, record: Any, value: Any) -> Any:
        """The record with what `there` gave."""
        if self.outer is None:
            return self.written.put(record, value)
        some = self.outer.get(record) or ()
        pairs = zip(some, value, strict=True)
        return self.outer.put(record, tuple(self.written.put(one, new) for one, new in pairs))

    def back(self, record: Any) -> Any:
        """The values of the sources, of a record as the target has it; raises Unmappable."""
        if self.outer is None:
            return self._sources(self.written.get(record))
        return [self._sources(self.written.get(one)) for one in self.outer.get(record) or ()]

    def restore(self, record: Any, values: Any) -> Any:
        """The record with what `back` gave."""
        if self.outer is None:
            return self._restored(record, values)
        some = self.outer.get(record) or ()
        pairs = zip(some, values, strict=True)
        return self.outer.put(record, tuple(self._restored(one, new) for one, new in pairs))

    def _value(self, scope: Scope) -> Any:
        value = self.read(scope)
        for step in self.steps:
            value = step.there(value)
        return value

    def _sources(self, value: Any) -> tuple[Any, ...]:
        for step in reversed(self.steps):
            assert step.back is not None  # noqa: S101 - rules without a way back are not asked
            value = step.back(value)
        if not (self.steps and self.steps[0].parts):
            return (value,)
        wanted = len(self.home)
        parts = (*value, *([""] * (wanted - len(value))))
        if len(parts) > wanted:
            raise Unmappable(f"It has {len(parts)} parts, and {wanted} fields take them.")
        return parts

    def _restored(self, whole: Any, values: Sequence[Any]) -> Any:
        for place, value in zip(self.home, values, strict=True):
            whole = place.put(whole, value)
        return whole


def compiled(entry: Entry, record_type: type) -> Rule:
    """The rule that an entry of a file means for records of this type; raises Flawed."""
    said = entry.said
    if unknown := [key for key in said if key not in KEYS]:
        raise Flawed(f"A rule has no {unknown[0]!r}.", f"It has {', '.join(KEYS)}.")
    given = [key for key in SOURCES if key in said]
    if len(given) != 1:
        remedy = "Say one of from, constant and expression."
        raise Flawed("The rule does not say where the value comes from, once.", remedy)
    place = _Place.of(entry.field, record_type)
    source = _at(given[0], _SOURCES[given[0]], place, said[given[0]])
    steps = _at("transform", _steps, said)
    joined = bool(steps) and steps[0].parts
    if any(step.parts for step in steps[1:]) or joined != source.several:
        if source.several:
            raise Flawed("Several fields must be joined.", 'Begin with transform: [concat: ", "].')
        raise Flawed("concat takes several fields.", "Give a list: from: [name, reference].")
    return Rule(
        field=entry.field,
        line=entry.line,
        words="; ".join([source.words, *(step.words for step in steps)]),
        sources=source.paths,
        outer=place.outer,
        written=place.inner,
        read=source.read,
        steps=steps,
        home=source.home,
        why=_why(source, steps),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    words: str
    read: Get
    paths: tuple[str, ...] = ()
    home: tuple[Path, ...] = ()
    several: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a rule works: on the record, or on each element of `outer`."""

    record_type: type
    outer: Path | None
    kind: type
    inner: Path

    @classmethod
    def of(cls, field: str, record_type: type) -> "_Place":
        if STARRED not in field:
            inner = path(record_type, field)
            return cls(record_type=record_type, outer=None, kind=record_type, inner=inner)
        before, _, after = field.partition(STARRED)
        outer, kind = element(record_type, before)
        return cls(record_type=record_type, outer=outer, kind=kind, inner=path(kind, after))

    def source(self, written: str) -> tuple[Get, Path | None]:
        """What reads a path, and where a way back would put it; None for what is not of the element."""
        if STARRED in written:
            before, _, after = written.partition(STARRED)
            if self.outer is None or before != self.outer.text:
                remedy = f"The field that is set must begin with {before}{STARRED}, too."
                raise Flawed(f"{written} is one for each of {before}.", remedy)
            return self.each(after)
        found = path(self.record_type, written)
        return (lambda scope: found.get(scope[0])), (None if self.outer else found)

    def each(self, written: str) -> tuple[Get, Path]:
        """What reads a path of the element."""
        found = path(self.kind, written)
        return (lambda scope: found.get(scope[1])), found

    def resolve(self, written: str) -> Get:
        """What reads a path that stands in an expression."""
        name, _, rest = written.partition(".")
        if self.outer is not None and name == EACH and rest:
            return self.each(rest)[0]
        return self.source(written)[0]

    def named(self, written: str) -> str:
        """A path of an expression as the rest of a rule would write it."""
        name, _, rest = written.partition(".")
        return f"{self.outer.text}{STARRED}{rest}" if self.outer and name == EACH else written


def _from(place: _Place, said: Any) -> _Source:
    some = said if isinstance(said, list) else [said]
    if not some or not all(isinstance(one, str) for one in some):
        raise Flawed("from names no field.", "Write from: name, or from: [name, reference].")
    found = [place.source(one) for one in some]
    gets = [get for get, _ in found]
    homes = tuple(home for _, home in found if home is not None)
    several = isinstance(said, list)
    why = "" if len(homes) == len(some) else "It gives each of a list the same."
    return _Source(
        words=" and ".join(some),
        read=(lambda scope: [get(scope) for get in gets]) if several else gets[0],
        paths=tuple(some),
        home=homes if not why else (),
        several=several,
        why=why,
    )


def _constant(place: _Place, said: Any) -> _Source:  # noqa: ARG001 - a table's shape
    if isinstance(said, dict):
        raise Flawed("A constant is one value.", "Set each part by a rule of its own.")
    value = tuple(said) if isinstance(said, list) else said
    told = ", ".join(map(text, value)) if isinstance(value, tuple) else text(value)
    return _Source(words=f"always {told!r}", read=lambda _: value, why="A constant tells nothing.")


def _expression(place: _Place, said: Any) -> _Source:
    if isinstance(said, bool) or said is None or isinstance(said, list | dict):
        raise Flawed("The expression is no text.", "Put it into quotation marks.")
    source = text(said)
    evaluate = expressions.compiled(source, place.resolve)
    return _Source(
        words=f"= {source}",
        read=evaluate,
        paths=tuple(place.named(one) for one in expressions.fields_of(source)),
        why="An expression is not turned round.",
    )


_SOURCES: Mapping[str, Callable[[_Place, Any], _Source]] = {
    "from": _from,
    "constant": _constant,
    "expression": _expression,
}


def _steps(said: Mapping[str, Any]) -> tuple[Transform, ...]:
    given = said.get("transform") or []
    some = given if isinstance(given, list) else [given]
    steps = [_step(one) for one in some]
    if said.get("default") is not None:
        steps.append(transform("default", said["default"]))
    return tuple(steps)


def _step(said: Any) -> Transform:
    if isinstance(said, str):
        return transform(said, None)
    if isinstance(said, dict) and len(said) == 1:
        ((name, argument),) = said.items()
        return transform(name, argument)
    raise Flawed("A transform is a name, or a name with what it needs.", "Write - case: upper.")


def _at(key: str, make: Callable[..., Any], *given: Any) -> Any:
    """What `make` makes; what is wrong with it stands below this key."""
    try:
        return make(*given)
    except (Flawed, Unmappable) as error:
        flaw = error if isinstance(error, Flawed) else Flawed(error.reason, error.remedy)
        flaw.key = key
        raise flaw from None


def _why(source: _Source, steps: Sequence[Transform]) -> str:
    reasons = (source.why, *(step.why for step in steps if step.back is None))
    return next((reason for reason in reasons if reason), "")

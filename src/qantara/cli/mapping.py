"""`qantara mapping`: what a link carries where, and a user's own rules for it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from qantara.cli.desk import AsJson, Desk
from qantara.cli.mapping_work import (
    Refused,
    Saved,
    Tested,
    checked,
    found,
    removed,
    saved,
    tested,
)
from qantara.cli.words import ATTENTION, USAGE, counted, shown
from qantara.engine.fingerprint import plain
from qantara.engine.link import Link, unchanged
from qantara.rules.mapping.paths import places
from qantara.rules.mapping.trying import CounterExample

RULE = "`field`, `rule` (in words), `line`, `two_way` (whether it can be turned round), `why` (not)"
JSON_OF_SHOW = {
    "link": "Its name.",
    "file": "Where its rules are, or would be.",
    "fields": "Each field of the record: `field`, `type`, `carried`, `by` (`recipe`, `same`, or "
    "`mapping`), `owner` (of a two-way link).",
    "rules": f"Your own: {RULE}.",
}
JSON_OF_SET = {
    "file": "The file.",
    "rule": f"The rule: {RULE}.",
    "saved": "Whether it was saved.",
    "counter_example": "The first made-up record that it fails on, or null: `reason`, `before`, "
    "`after`, `again` (what came back), each by field.",
}
JSON_OF_REMOVE = {"file": "The file.", "removed": "Whether the field had a rule."}
JSON_OF_TEST = {
    "link": "Its name.",
    "records": "Each: `id`, `title`, `reason` (why it is not carried, or empty), `changes` (by field: "
    "`before` the rules, `after`).",
}
JSON_OF_CHECK = {
    "links": "Each link with rules: `link`, `file`, `rules` (how many), `counter_example` (see set)."
}

app = typer.Typer(
    help="Your own rules for what goes where: show, set, remove, test, check.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(metavar="FLOW.LINK", help="The link, such as supply.product.")]
Field = Annotated[
    str, typer.Option("--field", metavar="PATH", help="The field that the rule sets.")
]
Transforms = Annotated[
    list[str] | None,
    typer.Option(
        "--transform",
        metavar="YAML",
        help="How it is changed, in order, such as trim or 'case: upper'; may be repeated.",
    ),
]
Anyway = Annotated[bool, typer.Option("--anyway", help="Save it though a made-up record fails.")]


@app.command()
def show(ctx: typer.Context, *, link: Name, as_json: AsJson = False) -> None:
    """Show what goes where: the recipe's fields, and your own rules. Asks no system."""
    desk = Desk.of(ctx, as_json=as_json)
    one, file = desk.work(found(desk, link))
    desk.answer(_shown(one, file), lambda: _show(desk, one, file))


@app.command("set")
def set_rule(  # noqa: PLR0913 - a command's options are its arguments
    ctx: typer.Context,
    *,
    link: Name,
    field: Field,
    source: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="PATH", help="Take it from this field; several are joined."),
    ] = None,
    constant: Annotated[
        str | None, typer.Option("--constant", help="It always has this value (as in YAML).")
    ] = None,
    expression: Annotated[
        str | None, typer.Option("--expression", help="Compute it, such as: round(price * 2, 3).")
    ] = None,
    transform: Transforms = None,
    default: Annotated[
        str | None, typer.Option("--default", help="What stands where there is nothing.")
    ] = None,
    anyway: Anyway = False,
    as_json: AsJson = False,
) -> None:
    """Set the rule of a field, after trying it on made-up records. Other lines stay as they are.

    Comments stay, too, but for those inside the rule that is replaced.
    """
    desk = Desk.of(ctx, as_json=as_json)
    given = {"from": source, "constant": constant, "expression": expression}
    wanted = {name: value for name, value in given.items() if value is not None}
    rule = {**wanted, "transform": transform or [], "default": default}
    try:
        done = desk.work(saved(desk, link, field, rule, anyway=anyway))
    except Refused as refused:
        told, example = _refused(refused), refused.example
        desk.answer(told, lambda: _show_counter(desk, example))
        desk.tell("Nothing was saved. Correct the rule, or save it with --anyway.", "bold red")
        raise typer.Exit(USAGE) from None
    desk.answer(_saved(done), lambda: _show_saved(desk, done))


@app.command()
def remove(ctx: typer.Context, *, link: Name, field: Field, as_json: AsJson = False) -> None:
    """Remove the rule of a field: it goes as the recipe has it again."""
    desk = Desk.of(ctx, as_json=as_json)
    file, had = desk.work(removed(desk, link, field))
    said = f"{field} has no rule any more." if had else f"{field} has no rule in {file}."
    desk.answer({"file": str(file), "removed": had}, lambda: desk.say(said))
    if not had:
        raise typer.Exit(ATTENTION)


@app.command("test")
def try_out(
    ctx: typer.Context,
    *,
    link: Name,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="Records of the source; the first few else."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what your rules make of real records of the source. Writes nothing."""
    desk = Desk.of(ctx, as_json=as_json)
    name, records = desk.work(tested(desk, link, ids or []))
    told = [_tested(one) for one in records]
    desk.answer({"link": name, "records": told}, lambda: _show_tested(desk, told))
    if any(one.reason for one in records):
        raise typer.Exit(ATTENTION)


@app.command()
def check(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Check every file of rules, and try each on made-up records."""
    desk = Desk.of(ctx, as_json=as_json)
    every = desk.work(checked(desk))
    told = [
        {
            "link": one.name,
            "file": one.mapping.file if one.mapping else "",
            "rules": len(one.mapping.rules) if one.mapping else 0,
            "counter_example": _counter(example),
        }
        for one, example in every
    ]
    desk.answer({"links": told}, lambda: _show_checked(desk, every))
    if any(example for _, example in every):
        raise typer.Exit(ATTENTION)


def _shown(link: Link, file: Path) -> Mapping[str, Any]:
    rules = link.mapping.rules if link.mapping else ()
    own = {rule.top for rule in rules}
    return {
        "link": link.name,
        "file": str(file),
        "fields": [
            {
                "field": name,
                "type": kind,
                "carried": name in link.fields | own,
                "by": _by(link, name, own),
                "owner": link.rule(name).value if link.two_way else None,
            }
            for name, kind in places(link.record_type).items()
        ],
        "rules": [_rule(rule) for rule in rules],
    }


def _by(link: Link, name: str, own: set[str]) -> str:
    if name in own:
        return "mapping"
    return "same" if link.transform is unchanged and link.prepare is None else "recipe"


def _rule(rule: Any) -> dict[str, Any]:
    return {
        "field": rule.field,
        "rule": rule.words,
        "line": rule.line,
        "two_way": not rule.why,
        "why": rule.why,
    }


def _show(desk: Desk, link: Link, file: Path) -> None:
    told = _shown(link, file)
    desk.say(f"{link.name}: {link.entity} of {link.here_name} to {link.there_name}", "bold")
    words = {"same": "as it is", "recipe": "by the recipe", "mapping": "your rules, below"}
    rows = [
        (one["field"], one["type"], words[one["by"]] if one["carried"] else "not carried")
        for one in told["fields"]
    ]
    desk.rows(desk.table("field", "type", "goes"), rows)
    if told["rules"]:
        rows = [(one["field"], one["rule"], one["why"]) for one in told["rules"]]
        desk.rows(desk.table("your rule for", "", "no way back, for"), rows)
    else:
        desk.say(f"You have no rules of your own. They would stand in {file}")
        desk.say(f"Set one with: qantara mapping set {link.name} --field PATH --from PATH")


def _saved(done: Saved) -> Mapping[str, Any]:
    return {
        "file": str(done.file),
        "rule": _rule(done.rule),
        "saved": True,
        "counter_example": _counter(done.example),
    }


def _refused(refused: Refused) -> Mapping[str, Any]:
    return {
        "file": str(refused.file),
        "rule": _rule(refused.rule),
        "saved": False,
        "counter_example": _counter(refused.example),
    }


def _show_saved(desk: Desk, done: Saved) -> None:
    if done.example:
        _show_counter(desk, done.example)
    desk.say(f"{done.rule.field}: {done.rule.words}. Saved in {done.file}.", "green")
    desk.say(f"See it on real records with: qantara mapping test {done.link}")
    desk.say("The link's next run compares all of its records anew, and writes what differs.")
    desk.say("A `qantara sync` that is running has to be started again.")


def _counter(example: CounterExample | None) -> dict[str, Any] | None:
    if example is None:
        return None
    sides = {name: getattr(example, name) for name in ("before", "after", "again")}
    told = {name: {k: plain(v) for k, v in side.items()} for name, side in sides.items()}
    return {"reason": example.reason, **told}


def _show_counter(desk: Desk, example: CounterExample) -> None:
    desk.say(f"A made-up record fails: {example.reason}", "red")
    for name, value in example.before.items():
        then = f" → {_seen(plain(example.after[name]))}" if name in example.after else ""
        back = f" → back: {_seen(plain(example.again[name]))}" if name in example.again else ""
        desk.say(f"  {name}: {_seen(plain(value))}{then}{back}")


def _seen(value: Any) -> str:
    return shown(value) or "nothing"


def _tested(one: Tested) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "reason": one.reason,
        "changes": {
            name: {"before": plain(before), "after": plain(after)}
            for name, (before, after) in one.changes.items()
        },
    }


def _show_tested(desk: Desk, records: Sequence[Mapping[str, Any]]) -> None:
    for one in records:
        desk.say(f"{one['id']} {shown(one['title'])}".rstrip(), "bold")
        if one["reason"]:
            desk.say(f"  {one['reason']}", "red")
        for name, sides in one["changes"].items():
            desk.say(f"  {name}: {_seen(sides['before'])} → {_seen(sides['after'])}")
        if not one["reason"] and not one["changes"]:
            desk.say("  Your rules change nothing here.")
    desk.say(f"{counted(len(records), 'record')} looked at. Nothing was written.")


def _show_checked(desk: Desk, every: Sequence[tuple[Link, CounterExample | None]]) -> None:
    for one, example in every:
        count = counted(len(one.mapping.rules) if one.mapping else 0, "rule")
        desk.say(f"{one.name}: {count}", "bold")
        if example:
            _show_counter(desk, example)
    if not every:
        desk.say("No link has rules of its own.")
    elif not any(example for _, example in every):
        desk.say("All rules are in order.", "green")

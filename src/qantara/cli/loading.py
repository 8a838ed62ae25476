"""The commands by name. Each is loaded when it is called for: none waits for what the others need."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer


class Commands(Mapping[str, Any]):
    """`a-b` is what `qantara.cli.a_b` has: its `app`, a group, or else the function of that name."""

    def __init__(self, *names: str) -> None:
        self._loaded: dict[str, Any] = dict.fromkeys(names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)

    def __getitem__(self, name: str) -> Any:
        if self._loaded[name] is None:
            self._loaded[name] = _load(name)
        return self._loaded[name]


def _load(name: str) -> Any:
    module = import_module(f"qantara.cli.{name.replace('-', '_')}")
    parent = typer.Typer(
        add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
    )
    parent.callback()(lambda: None)  # with it even a single command is one of a group
    if hasattr(module, "app"):
        parent.add_typer(module.app, name=name)
    else:
        parent.command(name)(getattr(module, name))
    group: Any = typer.main.get_command(parent)
    return group.commands[name]

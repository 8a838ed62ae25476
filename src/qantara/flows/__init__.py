"""Business recipes: which records go where, and under which rules. One folder per domain."""

from importlib import import_module

from qantara.flows.recipe import Recipe


def load(name: str) -> Recipe:
    """The recipe of that name; raises LookupError when there is none."""
    try:
        module = import_module(f"qantara.flows.{name}")
    except ModuleNotFoundError as error:
        raise LookupError(name) from error
    recipe: Recipe = module.recipe
    return recipe

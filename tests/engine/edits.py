"""What people may do to a partner in the property tests, and by which rules it is judged."""

from typing import Any

from hypothesis import strategies as st

from qantara.engine.merge import Rule
from tests.engine.shaky import Trouble

RULES = {
    "phone": Rule.ASK,
    "website": Rule.SOURCE,
    "mobile": Rule.TARGET,
    "language": Rule.NEWEST,
    "name": Rule.NEWEST,
}

FIELDS = frozenset({*RULES, "reference", "parent", "active"})

VALUES = dict.fromkeys(RULES, ("a", "b", "c")) | {"active": (True, False)}

EDITS = st.dictionaries(
    st.sampled_from(sorted(VALUES)), st.integers(0, 2), min_size=1, max_size=2
).map(lambda chosen: {n: VALUES[n][i % len(VALUES[n])] for n, i in chosen.items()})

WAITING = ("MissingReference", "AmbiguousMatch", "Rejected")
"""Letters about somebody who was archived or deleted: he is not there, or is found by his key."""

SIDES = st.integers(0, 1)
TROUBLES: list[Trouble] = ["429", "503", "cut before", "cut after"]

Words = dict[str, dict[str, list[Any]]]
"""What people said of each record, by id and field, in their order."""

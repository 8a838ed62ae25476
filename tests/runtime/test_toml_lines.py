"""Every key of a TOML text is found on its line."""

import tomllib

import pytest

from qantara.runtime.toml_lines import lines, nearest

TEXT = '''\
# a comment with a "quote" and a [bracket]
title = "x # not a comment"   # but this is
"quoted key" = 1
'single "quoted"' = 2
a.b.c = 3

[table]
long = """
fake = 1
[fake]
"""
raw = \'\'\'
[[fake]]\'\'\'
list = [
  1,   # one
  "two ]",
  { x = 1, y = [ "{", "}" ] },
]
inline = { p = 1, q.r = "a,b" }

[table."dotted.name"]
deep = 1979-05-27 07:32:00

[[many]]
n = 1
[[many]]
n = 2
[many.inside]
z = 1
[[many.inside.more]]
k = 1
[[many.inside.more]]
k = 2

[last]
e = """a"""
f = "esc \\" aped"
g = \'\'
end = true'''

PLACES = [
    (("title",), 2),
    (("quoted key",), 3),
    (('single "quoted"',), 4),
    (("a", "b", "c"), 5),
    (("table",), 7),
    (("table", "long"), 8),
    (("table", "raw"), 12),
    (("table", "list"), 14),
    (("table", "list", 1), 16),
    (("table", "list", 2, "y", 1), 17),
    (("table", "inline", "q", "r"), 19),
    (("table", "dotted.name", "deep"), 22),
    (("many", 0), 24),
    (("many", 0, "n"), 25),
    (("many", 1), 26),
    (("many", 1, "inside", "z"), 29),
    (("many", 1, "inside", "more", 1, "k"), 33),
    (("last", "f"), 37),
    (("last", "g"), 38),
    (("last", "end"), 39),
]


@pytest.mark.parametrize(("path", "line"), PLACES)
def test_a_key_is_found_on_its_line(path, line):
    assert line == lines(TEXT)[path]


def test_nothing_is_missing_and_nothing_is_invented():
    assert set(_paths(tomllib.loads(TEXT))) == set(lines(TEXT))


def test_the_nearest_known_thing_stands_for_what_is_absent():
    known = lines(TEXT)

    assert nearest(known, ("many", 0, "absent")) == 24
    assert nearest(known, ("absent",)) == 1


def _paths(value, path=()):
    if path:
        yield path
    for key, part in _inside(value):
        yield from _paths(part, (*path, key))


def _inside(value):
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()

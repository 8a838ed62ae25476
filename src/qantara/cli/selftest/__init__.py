"""`qantara selftest`: the crash enumeration on a sandbox pair, for everybody."""

from qantara.cli.selftest.command import JSON, selftest

__all__ = ["JSON", "selftest"]

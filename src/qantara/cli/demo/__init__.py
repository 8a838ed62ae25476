"""`qantara demo`: two imitation Odoos and two stores brought into step before one's eyes."""

from qantara.cli.demo.command import JSON, demo

__all__ = ["JSON", "demo"]

"""Pure business arithmetic: no clock, no database, no network."""

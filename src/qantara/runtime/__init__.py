"""The runtime wakes the engine: when, how often, how many at once, and when to try again."""

"""Storage remembers, in one SQL journal, what was seen, what is bound, written, parked and done."""

"""Decisions: pure functions of the state. `core` has the one entry point."""

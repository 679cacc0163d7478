"""claw: a coding agent for the terminal whose only memory is an event log."""

__version__ = "0.1.0"

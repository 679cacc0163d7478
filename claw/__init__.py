"""claw: a coding agent for the terminal whose only memory is an event log."""

"""Programs for those who work on claw."""

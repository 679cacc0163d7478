"""`claw permissions`: what is allowed here, why, and what would be under other rules."""

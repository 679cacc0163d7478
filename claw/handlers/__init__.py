"""What performs intents: one handler for each kind of thing that claw does to the world."""

"""The face of claw: the command line and the terminal."""

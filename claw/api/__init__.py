"""claw for programs in Python: `claw.Session`, and what it speaks with."""

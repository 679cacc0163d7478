"""Programs in front of claw: what it tells them, and what they may say, line by line."""

"""The whole session on a screen of its own: unfolded, searched, read while claw works."""

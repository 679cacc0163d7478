"""Slash commands: the `registry` of what each is called and takes, and modules with what they do."""

"""Commands that run a session: interactive, headless, resume, fork."""

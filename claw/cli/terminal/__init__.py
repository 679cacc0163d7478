"""The terminal: what a session looks like, and how a person talks to it."""

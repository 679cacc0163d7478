"""Commands that only read: what is in the logs, whether it can be trusted, and what it cost."""

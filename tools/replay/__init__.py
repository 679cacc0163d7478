"""Replay of many sessions at once, and the recording of golden ones. See `python -m tools.replay --help`."""

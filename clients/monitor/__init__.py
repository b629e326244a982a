"""The monitor: every session of every running server on one screen, while it lives."""

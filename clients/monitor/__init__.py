"""The monitor: one table of all sessions of all running servers, updated live."""

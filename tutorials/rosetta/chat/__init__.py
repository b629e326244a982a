"""Chat: a name first, then lines to all others. In each of the ways."""

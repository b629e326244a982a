"""Quote of the day: a line, and the end. In each of the ways."""

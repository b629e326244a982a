"""Echo: each byte comes back. In each of the ways."""

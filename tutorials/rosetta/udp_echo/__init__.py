"""UDP echo: each datagram comes back. In each of the ways."""

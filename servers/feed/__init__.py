"""The control feed: tells the monitor, over a Unix socket, which sessions a server has."""

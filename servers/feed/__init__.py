"""The control feed: tells a monitor which sessions are open, over a Unix socket."""

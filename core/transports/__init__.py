"""Sockets, files and terminals as event sources: listen, connect, read, write, close."""

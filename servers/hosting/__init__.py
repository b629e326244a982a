"""Runs a server from the command line: flags, listening, limits, logging, stopping."""

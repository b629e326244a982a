"""Bytes to values and back: what servers and clients must agree on, and nothing that reads or writes."""

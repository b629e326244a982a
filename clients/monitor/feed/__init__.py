"""Finds the control feeds of running servers, connects to them and reads them."""

"""Insults: an answer for each line. In each of the ways."""

"""Editing a line of text: keys, history, completion, widths of characters."""

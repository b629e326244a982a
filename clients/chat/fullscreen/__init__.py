"""The chat client on the full screen, with Textual."""

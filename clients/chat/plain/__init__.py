"""The chat client in line mode, for terminals without full screen."""

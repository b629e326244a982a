"""The monitor's parts: tables, lines, prompt, notices, command palette."""

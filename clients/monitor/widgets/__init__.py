"""The monitor's widgets: table, lines, prompt, notice, and the palette of colours."""

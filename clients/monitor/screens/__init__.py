"""The monitor's screens, one module each, drawn from the data in `sessions`."""

"""The monitor's screens, one module each. They draw the data in `sessions`."""

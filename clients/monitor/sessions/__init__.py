"""The monitor's data: servers, sessions, sorting, filters and units. Nothing here draws."""

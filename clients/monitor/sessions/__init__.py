"""The monitor's data: servers, sessions, sorting, filters, units; without any drawing."""

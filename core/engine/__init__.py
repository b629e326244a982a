"""The event loop: wait until a descriptor is ready, call it, run the calls that are due."""

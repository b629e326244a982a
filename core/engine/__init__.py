"""The event loop: waits until a descriptor is ready, calls it, and runs the calls that are due."""

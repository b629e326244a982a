"""Wire formats: they parse bytes into values and encode values as bytes, without I/O."""

"""What the monitor shows: one module for each screen, drawn from the model and never the other way round."""

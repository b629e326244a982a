"""The lessons' runner and checker: it runs a learner's program and plays the other side over real sockets."""

"""The chat on several servers: each change of the room goes through a stream of NATS JetStream."""

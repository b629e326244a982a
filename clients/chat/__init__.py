"""The chat client: the conversation with the server (`client`), and a user interface (front) per mode."""

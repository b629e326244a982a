"""The chat client: the conversation with the server (`client`), and a front for each mode."""

"""The chat client: one conversation with the server (`client`), and a front for each way to take part."""

"""The web server: small pages, each with its source beside it, and the chat in a browser."""

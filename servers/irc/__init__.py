"""The IRC server (RFC 2812, today's clients): its channel `#chat` is the room of the chat server."""

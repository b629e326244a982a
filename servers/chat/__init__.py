"""The chat server: the protocol is a state machine, the room is shared by all connections."""

from servers.chat.protocol import ChatFactory, ChatProtocol

__all__ = ["ChatFactory", "ChatProtocol"]

"""The chat server: its protocol is a state machine, its room is what all connections share."""

from servers.chat.protocol import ChatFactory, ChatProtocol

__all__ = ["ChatFactory", "ChatProtocol"]

"""The meaning of a line that the user typed: a name, a command of the client, or a line for the server."""

from dataclasses import replace

from clients.chat.client import ChatClient
from clients.chat.rendering import Delivery, StyledLine, describe_own, status_line
from clients.chat.session import ClientState
from core.formats.chat_events import CLIENT_COMMANDS, parse_line
from core.formats.text import fold

MORE_HELP = (
    "here also: /r TEXT answers the last private message; "
    "/ignore NAME hides what NAME says, or shows it again; /ignore lists the ignored names"
)

OUTSIDE = (ClientState.OFFLINE, ClientState.KICKED, ClientState.CONNECTED)
"""The states in which the server does not accept `/quit`."""


def enter(client: ChatClient, text: str) -> list[StyledLine]:
    """Execute `text`, which is safe for a terminal. Return the lines to show.

    An empty line does nothing in the chat. Without a connection every line starts an attempt to reconnect.
    While the server asks for a name, an empty line sends the last one again.
    """
    command, rest = parse_line(text)
    if command == "/r" and rest and client.correspondent:
        return enter(client, f"/msg {client.correspondent} {rest}")
    if command in CLIENT_COMMANDS:
        answer = _ignore(client, rest) if command == "/ignore" else _how_to_answer(client)
        return [status_line(answer, client.now())]
    if command == "/quit" and client.state in OUTSIDE:
        client.program.end()
    elif client.is_leaving and text:
        return [status_line(f"not sent, because you are leaving: {text}", client.now())]
    elif client.state is ClientState.REGISTER:
        if name := text or client.me:
            client.register(name)
    elif text:
        return _say(client, text, command)
    else:
        client.try_now()
    return []


def _say(client: ChatClient, text: str, command: str) -> list[StyledLine]:
    number = client.say(text.encode())
    delivery = client.delivery(number)
    lines = client.people.colored(describe_own(text, client.me, client.now()))
    if delivery is Delivery.UNSENT:
        client.try_now()
        lines = lines or [status_line(text, client.now())]
    lines = [replace(line, number=number, delivery=delivery) for line in lines]
    return [*lines, status_line(MORE_HELP, client.now())] if command == "/help" else lines


def _how_to_answer(client: ChatClient) -> str:
    if client.correspondent:
        return f"type /r TEXT to answer {client.correspondent}"
    return "you have received no private message yet; type /msg NAME TEXT to send one"


def _ignore(client: ChatClient, name: str) -> str:
    people = client.people
    if not name:
        return "ignored: " + (", ".join(people.ignored) or "no names; /ignore NAME hides what NAME says")
    if fold(name) == fold(client.me):
        return "you cannot ignore yourself"
    if people.ignore(name):
        return f"{people.ignored[-1]} is ignored; /ignore {name} again ends that"
    return f"{name} is no longer ignored"

"""What becomes of a line that somebody entered, in any front: a name, a command, or something to say."""

from clients.chat import rendering
from clients.chat.client import ChatClient
from clients.chat.rendering import StyledLine
from clients.chat.session import ClientState, is_quit
from core.formats.chat_events import fold

ASKING = "Choose a username: "
LEAVING = "leaving once all is said; Ctrl-C leaves at once"
TRIES_AGAIN = "Enter tries {} again; what is not sent yet is kept"
"""What to do about a name that was refused, and was one's own before."""

MORE_HELP = "here also: /ignore NAME, to see nothing of what they say, or to see it again; /ignore, for whom"


def enter(client: ChatClient, text: str, now: float) -> list[StyledLine]:
    """Do what `text` (fit for a terminal) means. What is to be shown of that at once.

    An empty line does nothing while one is in the chat. While one is out any line has the client try to come
    back at once, and an empty one with the same name if that was refused.
    """
    state = client.session.state if client.session else None
    command, _, rest = text.partition(" ")
    if command == "/ignore":
        return [rendering.status(_ignore(client, rest.strip()), now)]
    if is_quit(text.encode()) and state in (None, ClientState.CONNECTED):
        client.program.end()
    elif client.is_leaving and text:
        return [rendering.status(f"not said, since you are leaving: {text}", now)]
    elif not text:
        _enter_nothing(client, state)
    elif state is ClientState.REGISTER:
        client.register(text)
    else:
        return [*_say(client, text, now), *([rendering.status(MORE_HELP, now)] if command == "/help" else [])]
    return []


def _enter_nothing(client: ChatClient, state: ClientState | None) -> None:
    if state is None:
        client.try_now()
    elif state is ClientState.REGISTER and client.name is not None:
        client.register(client.name)


def _say(client: ChatClient, text: str, now: float) -> list[StyledLine]:
    client.say(text.encode())
    lines = rendering.own(text, client.name or "", now)
    if not client.outbox:
        return lines
    client.try_now()
    return [rendering.waiting(line) for line in lines or [rendering.status(text, now)]]


def _ignore(client: ChatClient, name: str) -> str:
    people = client.people
    if not name:
        return "ignored: " + (", ".join(people.ignored) or "nobody; /ignore NAME ignores")
    if fold(name) == fold(client.name or ""):
        return "one cannot ignore oneself"
    if people.ignore(name):
        return f"{people.ignored[-1]} is ignored; /ignore {name} again ends that"
    return f"{name} is not ignored any more"

"""All keys of the monitor, in one table: bindings, footers, help pages and palette are made from it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from textual.binding import Binding, BindingType

from clients.monitor.widgets.palette import Line
from clients.settings import THEMES

PAGES = ("Sessions", "Servers", "Reactor", "Events")
EVERYWHERE = tuple(page.lower() for page in PAGES)
SESSIONS = ("sessions",)


@dataclass(frozen=True)
class Key:
    """One entry: how the key is written on the screen, its action in a word, and its help.

    `actions` has Textual's names of the keys with their actions; a key with one action is a command of the
    palette too. `footer` lists the pages that show the key at the bottom. A `priority` key opens the
    prompt before the keys typed after it are handled. --readonly disables keys with `changes_servers`.
    """

    key: str
    word: str
    help: str
    actions: Mapping[str, str] = field(default_factory=dict)
    footer: tuple[str, ...] = ()
    priority: bool = False
    changes_servers: bool = False


SHOW = {str(number): f"show('{page}')" for number, page in enumerate(EVERYWHERE, 1)}
MOVE = Key("↑ ↓ PgUp PgDn", "move", "move; also j and k, Home and End")  # LineView has the bindings
MAIN = (
    Key("1-4", "screens", ", ".join(PAGES), SHOW, footer=EVERYWHERE[1:]),
    MOVE,
    Key("/", "filter", "filter; Enter keeps it, Escape undoes it", {"/": "filter"}, SESSIONS, priority=True),
    Key("\\", "filter on/off", "switch the filter off and on", {"\\": "toggle_filter"}),
    Key("<>", "sort", "sort by another column; also a click", {"<": "sort(-1)", ">": "sort(1)"}, SESSIONS),
    Key("r", "reverse", "reverse the order", {"r": "reverse"}),
    Key("s", "hold", "sort once: each session then keeps its place", {"s": "hold"}),
    Key("c", "columns", "choose the columns", {"c": "columns"}),
    Key("Enter", "detail", "show or hide the details of the session", {"enter": "detail"}, SESSIONS),
    Key("w", "wire", "show what the session reads and writes", {"w": "wire"}, SESSIONS),
    Key("p", "pause", "freeze the screen, or let it go on", {"p": "pause"}, EVERYWHERE),
    Key("Space", "mark", "mark the session, or remove the mark", {"space": "mark"}),
    Key("K", "kick", "kick the marked sessions, or the current one", {"K": "kick"}, SESSIONS, False, True),
    Key("?", "help", "show all keys and fields", {"?": "help"}, EVERYWHERE),
    Key("q", "quit", "quit, also with Ctrl-C; the servers keep running", {"q": "app.quit"}, EVERYWHERE),
    Key("A", "announce", "announce on all or marked servers", {"A": "announce"}, EVERYWHERE, True, True),
    Key("f", "follow", "keep the cursor on the newest session", {"f": "follow"}, SESSIONS),
    Key("e", "export", "export the table to a JSON or CSV file", {"e": "export"}, SESSIONS, priority=True),
    Key("Escape", "back", "close the details; show the sessions", {"escape": "back"}),
    Key("Ctrl-Z", "suspend", "suspend the monitor; the shell's fg resumes it"),  # ReactorApp has the binding
    Key("Ctrl-P", "commands", "all commands; a light theme for bright rooms"),  # MonitorApp has the binding
)
WIRE = (
    Key("x", "hex", "hex as xxd prints it, or text", {"x": "hexadecimal"}, ("wire",)),
    Key("i", "→ in", "only → in: what the server read", {"i": "direction('in')"}, ("wire",)),
    Key("o", "← out", "only ← out: what the server wrote", {"o": "direction('out')"}, ("wire",)),
    Key("b", "both", "both directions", {"b": "direction('')"}, ("wire",)),
    Key("/", "search", "search; in hex also for bytes, as 0d 0a", {"/": "search"}, ("wire",), priority=True),
    Key("n N", "next", "next match, match before", {"n": "next(1)", "N": "next(-1)"}),
    Key("s", "save", "save to a file, until s again: .pcap or .txt", {"s": "save"}, ("wire",), priority=True),
    Key("?", "help", "show this page", {"?": "help"}, ("wire",)),
    MOVE,
    Key("Esc", "back", "back; also q and w", {"escape,q,w": "dismiss"}, ("wire",)),
)


def bindings(keys: Iterable[Key]) -> list[BindingType]:
    """Textual's bindings for `keys`."""
    return [
        Binding(name, action, entry.word, key_display=entry.key, tooltip=entry.help, priority=entry.priority)
        for entry in keys
        for name, action in entry.actions.items()
    ]


def opens_prompt(keys: Iterable[Key], action: str) -> bool:
    """Whether a key with `action` opens the prompt. While it is open, such a key is typed text."""
    return any(entry.priority and action in entry.actions.values() for entry in keys)


def allowed(keys: Sequence[Key], readonly: bool) -> Sequence[Key]:
    """`keys` without those that --readonly forbids."""
    return [entry for entry in keys if not (readonly and entry.changes_servers)]


def commands(readonly: bool) -> list[tuple[str, str, str]]:
    """The palette's commands: name, help and action of the themes, and of the keys with one action."""
    found = [
        (f"{name.capitalize()} theme", f"colours for a {name} ground", f"app.use_theme('{name}')")
        for name in THEMES
    ]
    for entry in allowed(MAIN, readonly):
        if len(entry.actions) == 1:
            (action,) = entry.actions.values()
            found.append((entry.word.capitalize(), entry.help, action))
    return found


def footer(keys: Iterable[Key], page: str, width: int, active: Collection[str] = ()) -> Line:
    """The keys for the bottom of `page`, as many as fit in `width` cells. `active` words stand out."""
    line, used = [(" ", "")], 1
    for entry in keys:
        if page not in entry.footer:
            continue
        used += len(entry.key) + len(entry.word) + 3
        if used > width + 1:
            break
        style = "bold $foreground" if entry.word in active else "$dim"
        line += [(entry.key, "bold $accent"), (f" {entry.word}  ", style)]
    return line

"""The commands are tested in test_protocol.py. Here: the table, the help and the actions agree."""

from core.formats.chat_events import COMMANDS, HELP
from servers.chat.commands import ACTIONS


def test_every_command_of_the_table_has_an_action() -> None:
    assert ACTIONS.keys() == COMMANDS.keys()


def test_help_explains_every_command_that_a_user_types_in_a_line() -> None:
    *lines, slashes, everything_else = HELP
    assert [line.split()[0] for line in lines] == [name for name, each in COMMANDS.items() if each.help]
    assert all("  " in line for line in (*lines, slashes))
    assert slashes.startswith("//TEXT ")
    assert everything_else.startswith("Any other line ")
    assert max(map(len, HELP)) < 70

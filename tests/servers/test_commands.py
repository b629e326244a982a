"""Each command shows in the chat's tests what it does; here it is shown that help names them all."""

from servers.chat import AT_ANY_TIME, HELP
from servers.commands import COMMANDS


def test_help_names_every_command_but_itself() -> None:
    assert all(word in HELP for word in {*COMMANDS, *AT_ANY_TIME} - {"/help"})
    assert not set(COMMANDS) & set(AT_ANY_TIME)

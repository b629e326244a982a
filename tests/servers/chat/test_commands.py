"""Each command shows in the chat's tests what it does; here it is shown that help names them all."""

from servers.chat.commands import COMMANDS, HELP
from servers.chat.protocol import AT_ANY_TIME


def test_help_explains_every_command_in_a_line() -> None:
    *commands, slashes, everything_else = HELP
    assert {line.split()[0] for line in commands} == {*COMMANDS, *AT_ANY_TIME}
    assert all("  " in line for line in (*commands, slashes))
    assert slashes.startswith("//TEXT ")
    assert everything_else.startswith("Everything else ")
    assert max(map(len, HELP)) < 70
    assert not set(COMMANDS) & set(AT_ANY_TIME)

"""The command that learners type to join a board."""

import pytest

from core.endpoints import TCPEndpoint
from core.reactor import Reactor
from tutorials.board.join import how_to_join, listen
from tutorials.board.roster import Roster
from tutorials.board.service import BoardFactory


def test_learners_are_told_the_address_and_that_there_is_a_word() -> None:
    command = "python -m tutorials watch --board 127.0.0.1:8900 --name NAME"
    assert how_to_join(TCPEndpoint("127.0.0.1", 8900), "") == command
    assert how_to_join(TCPEndpoint("127.0.0.1", 8900), "tulip") == f"{command} --word WORD"


def test_of_a_board_at_all_addresses_they_are_told_one_that_they_can_connect_to() -> None:
    assert "0.0.0.0" not in how_to_join(TCPEndpoint("0.0.0.0", 8900), "")


def test_the_port_is_told_as_it_is_and_one_in_use_ends_the_program(
    reactor: Reactor,
) -> None:
    board = BoardFactory(Roster(reactor), "", reactor)
    address = listen(TCPEndpoint("127.0.0.1", 0), reactor, board)
    assert address.port
    with pytest.raises(SystemExit) as end:
        listen(address, reactor, board)
    assert end.value.code == 1

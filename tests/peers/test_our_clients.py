"""Our clients, started as commands, work with Twisted's servers as with ours."""

from tests.program import Program, python


def client(name: str, endpoint: str, *arguments: str) -> Program:
    return python("-m", f"clients.{name}", "--connect", endpoint, *arguments)


def test_the_echo_client_shows_what_twisted_sends_back(theirs: dict[str, str]) -> None:
    with client("echo", theirs["echo"]) as echo:
        echo.until("open connections.")
        for line in ("one\n", "caf\u00e9 two\n"):
            echo.type(line)
            assert echo.until("\n") == line
        echo.end_input()
        assert echo.rest() == ""
        assert echo.wait() == 0, echo.errors()


def test_the_qotd_client_prints_twisteds_quote(theirs: dict[str, str]) -> None:
    with client("qotd", theirs["qotd"]) as qotd:
        assert qotd.rest() == "A watched pot is a busy loop.\n"
        assert qotd.wait() == 0, qotd.errors()


def test_the_insult_client_prints_twisteds_answers_until_it_quits(theirs: dict[str, str]) -> None:
    with client("insult", theirs["insult"]) as insult:
        insult.until("Enter a topic.")
        insult.type("printers\nquit\n")
        assert insult.rest() == "It smells your deadline.\nGoodbye, loser.\n"
        assert insult.wait() == 0, insult.errors()


def test_the_udp_echo_client_prints_the_round_trip_times_of_twisteds_answers(theirs: dict[str, str]) -> None:
    with client(
        "udp_echo", theirs["udp_echo"], "hello", "there", "--count", "2", "--interval", "0"
    ) as udp_echo:
        lines = udp_echo.rest().splitlines()
        assert udp_echo.wait() == 0, udp_echo.errors()
    assert len(lines) == 4
    assert all(line.endswith(" ms") for line in lines)

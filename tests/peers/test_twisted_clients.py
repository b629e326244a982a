"""Clients written on Twisted work with our servers."""

from tests.program import Program, endpoints, port, python, twisted


def output_of(client: Program) -> list[str]:
    """Wait for the clean end of `client`. Returns the lines that it printed."""
    output = client.rest()
    assert client.wait() == 0, client.errors()
    assert not client.errors()
    return output.splitlines()


def test_a_twisted_client_gets_a_mebibyte_back_after_it_has_half_closed(
    ours: dict[str, str],
) -> None:
    with twisted("echo_client", port(ours["echo"])) as client:
        lines = output_of(client)
    assert lines[0].startswith("Welcome! There are currently ")
    assert lines[1:] == ["the same", "cleanly"]


def test_each_of_twenty_twisted_clients_gets_a_quote_and_a_clean_end(ours: dict[str, str]) -> None:
    with twisted("qotd_client", port(ours["qotd"])) as client:
        lines = [line.split() for line in output_of(client)]
    assert [word for word, _ in lines] == ["cleanly"] * 20
    assert all(2 < int(length) <= 512 for _, length in lines)


def test_two_twisted_clients_meet_in_the_chat() -> None:
    with python("-m", "servers.chat", "--port", "0") as server:
        with twisted("chat_client", port(endpoints(server)["chat"])) as client:
            lines = output_of(client)
        assert server.stop() == 0
    anns = [line.removeprefix("ann: ") for line in lines if line.startswith("ann: ")]
    bobs = [line.removeprefix("bob: ") for line in lines if line.startswith("bob: ")]
    assert anns[-5:-2] == [
        "Welcome to the chat, ann.",
        "You're the only one here, 'ann'",
        "bob has joined the channel.",
    ]
    assert anns[-2].endswith(")<bob> caf\u00e9?")
    assert anns[-1] == "bob has left the channel."
    assert bobs[-4:-1] == [
        "Sorry, 'ANN' is taken. Try something else.",
        "Welcome to the chat, bob.",
        "Participants in chat: ann, bob",
    ]
    assert bobs[-1].endswith(")<ann> th\u00e9.")


def test_a_twisted_client_gets_the_topics_an_insult_and_a_clean_end(ours: dict[str, str]) -> None:
    with twisted("insult_client", port(ours["insult"])) as client:
        lines = output_of(client)
    assert lines[:3] == [
        "Welcome to the Insult Server. Enter a topic to receive an insult.",
        'Enter "quit" to disconnect.',
        "I can provide insults about the following items:",
    ]
    assert lines[-3:] == ["I've got nothing.", "Goodbye, loser.", "Connection was closed cleanly."]
    assert lines[-4] not in (lines[-3], lines[3])


def test_a_twisted_client_gets_every_datagram_back(ours: dict[str, str]) -> None:
    with twisted("udp_echo_client", port(ours["udp_echo"])) as client:
        lines = output_of(client)
    assert lines == [f"{size} the same" for size in (1, 0, 512, 8192, 60000)]


def test_two_clients_of_twisted_meet_in_a_channel_of_the_irc_server() -> None:
    with python("-m", "servers.irc", "--port", "0") as server:
        with twisted("irc_client", port(endpoints(server)["irc"])) as client:
            lines = output_of(client)
        assert server.stop() == 0
    ann, bob = "ann!ann@127.0.0.1", "bob!bob@127.0.0.1"
    assert [line for line in lines if line.startswith("ann ")] == [
        "ann signedOn",
        "ann joined #class",
        "ann userJoined bob #class",
        f"ann privmsg {bob} #class caf\u00e9?",
        "ann topicUpdated ann #class tea",
        "ann modeChanged #class True v bob",
        "ann RPL_WHOISUSER bob bob 127.0.0.1 * a client of Twisted",
        "ann userRenamed bob bobby",
        "ann userLeft bobby #class",
    ]
    assert [line for line in lines if line.startswith("bob")] == [
        "bob signedOn",
        "bob joined #class",
        f"bob action {ann} #class nods",
        "bob topicUpdated ann #class tea",
        "bob modeChanged #class True v bob",
        f"bob noticed {ann} bob psst",
        "bob alterCollidedNick ann",
        "bobby nickChanged",
        "bobby left #class",
    ]

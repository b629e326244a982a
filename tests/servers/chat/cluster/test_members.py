"""The names and keys of members."""

from servers.chat.cluster.members import hash_of, other_name


def test_another_name_has_a_number_and_is_not_too_long() -> None:
    assert [other_name(name) for name in ("ann", "ann2", "ann9", "x" * 20)] == [
        "ann2",
        "ann3",
        "ann10",
        "x" * 19 + "2",
    ]


def test_other_servers_know_a_hash_of_the_key_and_no_key_has_none() -> None:
    assert (hash_of(""), len(hash_of("secret"))) == ("", 32)
    assert hash_of("secret") == hash_of("secret") != hash_of("Secret")

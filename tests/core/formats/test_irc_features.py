"""ISUPPORT: a server's features, as text, numbers, modes and the case mapping."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.irc import CaseMapping
from core.formats.irc_features import ServerSupportedFeatures


def features(*options: str) -> ServerSupportedFeatures:
    found = ServerSupportedFeatures()
    found.parse(options)
    return found


def test_a_feature_has_the_last_value_that_the_server_said() -> None:
    found = features("NETWORK=Class\\x20room", "SAFELIST", "NICKLEN=16", "NICKLEN=20")
    assert found.get_feature("NETWORK") == "Class room"
    assert found.get_feature("SAFELIST") == ""
    assert found.get_feature("NICKLEN") == "20"
    assert found.get_feature("NOSUCH") is None
    assert found.get_feature("NOSUCH", "x") == "x"
    assert found.has_feature("SAFELIST")
    found.parse(["-SAFELIST", "-NOSUCH"])
    assert not found.has_feature("SAFELIST")


@pytest.mark.parametrize(("value", "number"), [("16", 16), ("", 9), ("many", 9), ("-1", 9), ("9" * 40, 9)])
def test_a_feature_that_should_be_a_number_and_is_none_has_the_default(value: str, number: int) -> None:
    assert features(f"NICKLEN={value}").number("NICKLEN") == number
    assert features().number("NOSUCH") == 0


def test_the_modes_that_take_a_parameter_come_from_two_features() -> None:
    assert features().channel_mode_params == ("ovhblk", "ovhb")
    assert features("PREFIX=(qo)~@", "CHANMODES=be,k,l,imn").channel_mode_params == ("qobekl", "qobek")
    assert features("-PREFIX", "-CHANMODES").channel_mode_params == ("", "")
    assert features("PREFIX=", "CHANMODES=b").channel_mode_params == ("b", "b")


def test_an_unknown_case_mapping_counts_as_the_oldest() -> None:
    assert features("CASEMAPPING=ascii").case_mapping is CaseMapping.ASCII
    assert features("CASEMAPPING=rfc3454").case_mapping is CaseMapping.RFC1459
    assert features().case_mapping is CaseMapping.RFC1459


@given(
    st.lists(
        st.sampled_from(["PREFIX", "CHANMODES", "NICKLEN", "CASEMAPPING", "-"])
        | st.text("=(),x\\1", max_size=6)
    )
)
def test_any_options_are_parsed(parts: list[str]) -> None:
    found = features("".join(parts), *parts)
    assert len(found.channel_mode_params) == 2
    assert found.number("NICKLEN") >= 0
    assert found.case_mapping in CaseMapping

"""Bytes as keyboards, terminals and mice send them, for random tests."""

from hypothesis import strategies as st

PARAMETERS = st.text("0123456789:;<?", max_size=8)

KEY_BYTES = st.one_of(
    st.text("ab é日\u200d🩷\x01\x03\x04\x0b\x15\x17\x19\x1a\x1f\x7f\t\r\n", min_size=1, max_size=5),
    st.builds("\x1b[{}{}".format, PARAMETERS, st.sampled_from("ABCDHFZ~uPQRStcIOnM")),
    st.builds("\x1bO{}".format, st.sampled_from("ABCDFHPQRSx")),
    st.builds("\x1b]{}{}".format, st.text("012;rgb:/", max_size=9), st.sampled_from(["\x07", "\x1b\\"])),
    st.builds("\x1bP{}\x1b\\".format, st.text("abc>|()1", max_size=9)),
    st.builds("\x1b[<{};{};{}{}".format, *[st.integers(0, 300)] * 3, st.sampled_from("mM")),
    st.builds("\x1b[200~{}\x1b[201~".format, st.text("ab\r\n\x1b[1m", max_size=9)),
    st.sampled_from(["\x1b", "\x1bb", "\x1b[200~", "\x1b[201~", "\x1b[[A", "\x1b[M !!"]),
)
"""A key, a report, a paste, or a part of one."""

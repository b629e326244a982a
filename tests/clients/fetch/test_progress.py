"""The line of the progress bar."""

from hypothesis import given
from hypothesis import strategies as st

from clients.fetch.progress import Progress


def test_the_line_shows_the_share_the_speed_and_the_time_left() -> None:
    progress = Progress("file", 0, 1000)
    assert progress.line(0.0, 79) == f"file  [{'.' * 30}]   0%  0 of 1.0k  \u00b7  ? left"
    progress.done = 500
    assert progress.line(1.0, 79) == f"file  [{'#' * 15}{'.' * 15}]  50%  500 of 1.0k  500/s  1s left"
    progress.done = 1000
    assert progress.line(2.0, 50) == "file  [#######] 100%  1.0k of 1.0k  500/s  0s left"


def test_the_name_is_cut_where_there_is_no_room() -> None:
    progress = Progress("a-very-long-name-of-a-file", 0, None)
    assert progress.line(0.0, 20) == "a-very-long-n\u2026  0  \u00b7"
    assert (
        Progress("\u6587\u4ef6" * 5, 0, None).line(0.0, 20)
        == "\u6587\u4ef6\u6587\u4ef6\u6587\u4ef6\u2026  0  \u00b7"
    )


def test_an_unknown_size_has_no_bar() -> None:
    progress = Progress("file", 0, None)
    progress.line(0.0, 79)
    progress.done = 2000
    assert progress.line(2.0, 79) == "file  2.0k  1.0k/s"


def test_the_speed_is_that_of_the_last_seconds() -> None:
    progress = Progress("file", 0, None)
    progress.line(0.0, 79)
    for second in range(1, 100):
        progress.done += 1000 if second < 50 else 1
        progress.line(float(second), 79)
    progress.done += 1
    assert progress.line(100.0, 79).endswith("  1/s")


def test_an_empty_file_is_complete() -> None:
    assert "100%" in Progress("file", 0, 0).line(0.0, 79)


@given(
    name=st.text(max_size=100),
    done=st.integers(0, 10**15),
    total=st.one_of(st.none(), st.integers(0, 10**15)),
    width=st.integers(0, 200),
)
def test_the_line_always_fits(name: str, done: int, total: int | None, width: int) -> None:
    progress = Progress(name, 0, total)
    progress.line(0.0, width)
    progress.done = done
    assert len(progress.line(1.0, width)) <= width

"""The learner's progress: stored atomically, put aside when it is broken, kept by two checks at once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.running import GUARD, ROOT
from tutorials.course.progress import FILE, Entry, Progress, changing, digest, load, parse, store

ENTRIES = st.builds(Entry, st.text("0123456789abcdef", max_size=16), st.integers(0, 999), st.integers(0, 9))


@given(st.dictionaries(st.integers(1, 16), ENTRIES), st.integers(0, 16))
def test_what_is_stored_is_loaded(
    tmp_path_factory: pytest.TempPathFactory, entries: dict[int, Entry], here: int
) -> None:
    folder = tmp_path_factory.mktemp("lessons")
    store(folder, Progress(entries, here))
    assert load(folder) == (Progress(entries, here), "")
    assert [path.name for path in folder.iterdir()] == [FILE]


def test_without_a_file_nothing_is_begun(tmp_path: Path) -> None:
    assert load(tmp_path) == (Progress(), "")


def test_the_last_check_is_stored_and_a_file_of_an_earlier_version_has_none(tmp_path: Path) -> None:
    with changing(tmp_path) as progress:
        progress.entries[2] = Entry("", 1, 0, 3, "not yet", "latin1")
    assert load(tmp_path)[0].entries[2] == Entry("", 1, 0, 3, "not yet", "latin1")
    earlier = b'{"entries": {"2": {"passed": "abc", "tries": 5, "hints": 1}}, "here": 2}'
    assert parse(earlier).entries == {2: Entry("abc", 5, 1)}


BROKEN = [
    *(
        "",
        "[]",
        "{",
        "null",
        '{"entries": {}}',
        '{"entries": [], "here": 1}',
        '{"entries": {"x": {}}, "here": 1}',
    ),
    *('{"entries": {"1": {"passed": "", "tries": "many", "hints": 0}}, "here": 1}',),
    *('{"entries": {"1": 5}, "here": 1}',),
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_file_is_put_aside_with_a_line(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, "utf-8")
    progress, problem = load(tmp_path)
    assert progress == Progress()
    assert "is broken" in problem
    assert (tmp_path / ".progress.broken.json").read_text("utf-8") == text
    assert load(tmp_path) == (Progress(), "")


@given(st.binary())
def test_any_bytes_are_progress_or_a_value_error(data: bytes) -> None:
    try:
        assert isinstance(parse(data), Progress)
    except ValueError:
        pass


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda each: st.lists(each) | st.dictionaries(st.text(), each)
    )
)
def test_any_json_is_progress_or_a_value_error(value: object) -> None:
    try:
        assert isinstance(parse(json.dumps(value).encode()), Progress)
    except ValueError:
        pass


def test_the_states_of_a_lesson(tmp_path: Path) -> None:
    program = tmp_path / "02_bytes.py"
    progress = Progress()
    assert progress.state(2, program) == "not begun"
    program.write_text("1", "utf-8")
    assert progress.state(2, program) == "begun"
    progress.here = 2
    assert progress.state(2, program) == "here"
    progress.entry(2).passed = digest(program)
    assert progress.state(2, program) == "passed"
    program.write_text("2", "utf-8")
    assert progress.state(2, program) == "changed since"
    program.unlink()
    assert progress.state(2, program) == "passed"


COUNT = """
import sys
from pathlib import Path
from tutorials.course.progress import changing
for _ in range(50):
    with changing(Path(sys.argv[1])) as progress:
        progress.entry(1).tries += 1
"""


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COUNT, str(tmp_path)]
    processes = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
    assert [process.wait(GUARD) for process in processes] == [0, 0]
    assert load(tmp_path)[0].entry(1).tries == 100


def test_a_change_that_raises_stores_nothing(tmp_path: Path) -> None:
    def change() -> None:
        with changing(tmp_path) as progress:
            progress.here = 5
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()
    assert load(tmp_path) == (Progress(), "")

"""The note beside an incomplete file."""

from pathlib import Path

import pytest

from clients.fetch.resume import Origin, forget, size_of
from core.web import Headers

URL = b"http://host/file"


def origin(etag: str = "", date: str = "") -> Origin:
    return Origin(URL.decode(), etag, date)


def test_a_note_is_kept_until_it_is_forgotten(tmp_path: Path) -> None:
    path = str(tmp_path / "file")
    origin('"v1"', "yesterday").save(path)
    assert Origin.load(path, URL) == origin('"v1"', "yesterday")
    assert Origin.load(path, b"http://host/other") == Origin("http://host/other")
    forget(path)
    forget(path)
    assert Origin.load(path, URL) == origin()


def test_nothing_is_kept_of_a_response_without_validators(tmp_path: Path) -> None:
    path = str(tmp_path / "file")
    origin('"v1"').save(path)
    for _ in range(2):
        origin().save(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("note", [b"", b"\xff", b"[]", b'{"url": 1}', b'{"url": "http://host/file"}'])
def test_a_note_that_is_none_is_ignored(tmp_path: Path, note: bytes) -> None:
    (tmp_path / "file.fetch").write_bytes(note)
    assert Origin.load(str(tmp_path / "file"), URL) == origin()


def test_a_note_that_cannot_be_written_is_no_failure() -> None:
    origin('"v1"').save("/no/such/directory/file")


@pytest.mark.parametrize(
    ("kept", "condition"),
    [
        (origin(), None),
        (origin('"v1"', "yesterday"), '"v1"'),
        (origin('W/"v1"', "yesterday"), "yesterday"),
        (origin('W/"v1"'), None),
    ],
)
def test_the_condition_is_a_strong_tag_or_a_date(kept: Origin, condition: str | None) -> None:
    headers = Headers()
    kept.add_condition(headers)
    assert headers.get_raw_headers("If-Range") == (None if condition is None else [condition])


@pytest.mark.parametrize(
    ("now", "fits"),
    [
        (origin(), True),
        (origin('W/"v1"'), True),
        (origin('"v2"'), False),
        (origin('"v1"', "yesterday"), True),
        (origin('"v1"', "today"), False),
    ],
)
def test_a_validator_that_differs_means_another_file(now: Origin, fits: bool) -> None:
    assert origin('"v1"', "yesterday").fits(now) is fits


def test_a_partial_response_may_leave_validators_out() -> None:
    assert origin('"v1"', "yesterday").updated_by(origin('"v1"')) == origin('"v1"', "yesterday")


def test_only_a_regular_file_has_a_part_to_go_on_with(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert [size_of(str(each)) for each in (tmp_path / "file", tmp_path / "none", tmp_path)] == [5, 0, 0]
    assert size_of("/dev/zero") == 0
    assert size_of("a\0b") == 0

"""A text file is read, or the program ends in one line that names it."""

import sys
from pathlib import Path

import pytest

from core.standard_streams import writer
from servers.hosting.data_files import read_text


def test_a_byte_order_mark_is_not_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes("\N{BYTE ORDER MARK}grün\n".encode())
    assert read_text(tmp_path / "text") == "grün\n"


@pytest.mark.parametrize("content", [None, b"abc\xff"])
def test_a_file_that_cannot_be_read_ends_the_program_in_one_line_that_names_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    path = tmp_path / "text"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SystemExit) as end:
        read_text(path)
    writer(sys.stderr).close()
    said = capfd.readouterr().err
    assert (end.value.code, said.count("\n"), str(path) in said) == (2, 1, True)

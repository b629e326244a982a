"""The page that compares the programs: its listings, and the tables that the command writes."""

from tutorials.rosetta import __main__ as rosetta
from tutorials.rosetta.programs import programs


def test_the_page_has_each_program_and_the_numbers_of_its_lines() -> None:
    page = rosetta.PAGE.read_text("utf-8")
    for server, way in programs():
        assert f"(quote tutorials/rosetta/{server}/{way}.py)" in page
    assert rosetta.written(page, {"lines": rosetta.table_of_lines()}) == page


def test_lines_are_counted_without_the_docstring_and_empty_lines() -> None:
    assert rosetta.lines_of("echo", "ours") == 9
    assert rosetta.cell("udp_echo", "streams") == rosetta.NO_FIGURE


def test_only_the_tables_that_are_given_are_written() -> None:
    page = "a\n[//]: # (table one)\n\n| old |\n\nb\n[//]: # (table two)\n\nc\n"
    assert rosetta.written(page, {"two": "| new |\n"}) == page.replace(
        "(table two)\n\n", "(table two)\n\n| new |\n"
    )
    assert rosetta.written(page, {"one": "| new |\n"}) == page.replace("old", "new")


def test_the_figures_are_those_of_the_programs() -> None:
    assert rosetta.rate("qotd", "ours") > 0
    growth, share = rosetta.chat_without_reading("threads")
    assert growth.endswith(" MiB")
    assert 0 < int(share.removesuffix("%")) < 100
    assert int(rosetta.wait_behind_a_sleeper("ours").removesuffix(" ms")) > 100

"""The tables of the benchmarks: medians, ratios, and the servers that had to wait."""

from benchmarks.measure import Run, percentiles
from benchmarks.report import bottleneck, comparison


def run(cpu: float, rate: float, server_busy: float = 1.0) -> Run:
    return Run(cpu, rate, 0.001, 0.002, server_busy, 0.5)


def test_the_ratios_are_those_of_the_medians() -> None:
    ours = [run(1e-6, 900), run(2e-6, 1000), run(90e-6, 2000)]
    theirs = [run(6e-6, 250), run(5e-6, 1), run(7e-6, 300)]
    header, _, row = comparison({"ours": ours, "theirs": theirs}).splitlines()
    assert header.endswith("CPU / ours  ours / rate")
    assert row.split() == [
        "theirs",
        "6.00",
        "5.00-7.00",
        "250",
        "1.00",
        "2.00",
        "100%",
        "50%",
        "3.00",
        "4.00",
    ]


def test_without_our_engine_there_are_no_ratios() -> None:
    assert "ours" not in comparison({"theirs": [run(1e-6, 1)]})


def test_a_server_that_had_to_wait_is_named() -> None:
    results = {"quick": [run(1e-6, 1, server_busy=0.7)], "slow": [run(1e-6, 1)]}
    assert bottleneck(results).startswith("Servers that had to wait: quick 70% (load 50%).")
    del results["quick"]
    assert bottleneck(results).startswith("The servers were the bottleneck")


def test_percentiles_are_measured_values() -> None:
    assert percentiles([float(number) for number in range(100)]) == (50.0, 99.0)
    assert percentiles([7.0]) == (7.0, 7.0)

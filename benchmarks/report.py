"""The tables: medians over all rounds, and their ratios to ours."""

from collections.abc import Mapping, Sequence
from statistics import median

from benchmarks.measure import Run

SATURATED = 0.95  # of a core; the rest goes to the scheduler and to other processes
HEADER = ("", "CPU µs", "from-to", "a second", "p50 ms", "p99 ms", "server busy", "load busy")
RATIOS = ("CPU / ours", "ours / rate")


def table(rows: Sequence[Sequence[str]]) -> str:
    """Format `rows` as a text table; the first column is aligned left, the others right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]))
    return "\n".join(lines)


def typical(runs: Sequence[Run]) -> Run:
    """The median of each figure, taken separately."""
    return Run(*map(median, zip(*runs, strict=True)))


def comparison(results: Mapping[str, Sequence[Run]]) -> str:
    """A row for each engine. A ratio above 1 means that ours is better than this engine."""
    ours = typical(results["ours"]) if "ours" in results else None
    rows: list[Sequence[str]] = [HEADER + (RATIOS if ours else ())]
    for name, runs in results.items():
        run = typical(runs)
        costs = [run.cpu * 1e6 for run in runs]
        row = [name, f"{run.cpu * 1e6:.2f}", f"{min(costs):.2f}-{max(costs):.2f}", f"{run.rate:,.0f}"]
        row += [f"{run.p50 * 1e3:.2f}", f"{run.p99 * 1e3:.2f}"]
        row += [f"{run.server_busy:.0%}", f"{run.load_busy:.0%}"]
        if ours:
            row += [f"{run.cpu / ours.cpu:.2f}", f"{ours.rate / run.rate:.2f}"]
        rows.append(row)
    return table(rows)


def bottleneck(results: Mapping[str, Sequence[Run]]) -> str:
    """A line that says whether the servers or the load limited the rates."""
    medians = {name: typical(runs) for name, runs in results.items()}
    idle = [
        f"{name} {run.server_busy:.0%} (load {run.load_busy:.0%})"
        for name, run in medians.items()
        if run.server_busy < SATURATED
    ]
    if not idle:
        return f"The servers were the bottleneck: each kept its core busy for {SATURATED:.0%} or more."
    return f"Servers that had to wait: {', '.join(idle)}. Their rate could be higher: compare the CPU time."

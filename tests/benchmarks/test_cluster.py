"""The benchmark of a room on several servers."""

import json
import subprocess
import sys

from tests.running import GUARD, ROOT, environment


def test_its_figures_are_of_a_run_in_which_each_member_has_each_line_once() -> None:
    flags = ["--members", "6", "--lines", "20", "--rate", "50", "--servers", "2"]
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.cluster", *flags],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=2 * GUARD,
    )
    figures = json.loads(result.stdout)
    assert (result.returncode, figures["chat servers"], figures["wrong members"]) == (0, 2, 0)
    assert 0 < figures["p50 ms"] <= figures["p99 ms"] <= figures["longest ms"]

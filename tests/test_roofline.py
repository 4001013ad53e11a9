"""The roofline: its mix of instructions is what the kernel executes."""

import json
from pathlib import Path

import terminal
from roofline import MIX, roofline


def test_the_mix_is_what_the_kernel_executes():
    done = terminal.python(Path(__file__).with_name("mix.py"), NUMBA_DISABLE_JIT="1")
    assert done.returncode == 0, done.stderr
    assert {name: count for name, count in json.loads(done.stdout).items() if count} == MIX


def test_it_reports_a_share():
    measured = roofline(n=20, repeats=1)
    assert measured["mix"] == MIX
    assert measured["share"] == measured["bound_ns"] / measured["training_ns"] > 0

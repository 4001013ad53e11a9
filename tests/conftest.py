"""What all tests share: repeatable properties, and no run kept outside the test."""

import os
import signal
import sys

import pytest
from gaussmlp import train
from gaussmlp.kernels.jit import compiled_folder
from hypothesis import settings

pytest.register_assert_rewrite("terminal")  # so that its assertions show their values

os.environ["MPLBACKEND"] = "agg"  # tests open no window
compiled_folder()  # fixed here: machine code is shared, while runs are kept in each test's folder

settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")

# a shell starts what it runs in the background deaf to Ctrl-C, and so would be what tests interrupt
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def trainings(monkeypatch):
    """Return a list that grows by the runs of each training of a grid."""
    calls = []

    def counted(runs, **options):
        calls.append(list(runs))
        return train(runs, **options)

    monkeypatch.setattr("gaussmlp.experiment.train", counted)
    return calls


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Keep runs in a folder of the test."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("GAUSSMLP_CACHE", str(folder))
    return folder


@pytest.fixture(autouse=True)
def closed():
    """Close the figures of a test: many that are open draw a warning."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")

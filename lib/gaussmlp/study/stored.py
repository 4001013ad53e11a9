"""Where the repository keeps what takes too long for the build, or is a time."""

from pathlib import Path

FOLDER = Path(__file__).parents[3] / "benchmarks"
"""The benchmark and all stored results; only a checkout of the project has it."""

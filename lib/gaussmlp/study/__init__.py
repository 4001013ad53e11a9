"""What the book asks of runs.

Where a docstring names no type: a `frame` holds runs as from `run_grid`, with further columns that
are told, and often the nulls as from `null_runs`; `guesses` are these alone; what comes back is a
DataFrame.
"""

"""What the book asks of runs: tables, sweeps, claims, readings, mechanism, own losses."""

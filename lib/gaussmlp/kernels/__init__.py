"""Everything that is compiled: it only loops. The modules above check and allocate."""

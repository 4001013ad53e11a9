"""Everything that is compiled, and the rows that it loops over. The modules above check."""

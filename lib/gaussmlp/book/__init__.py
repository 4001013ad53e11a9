"""What a page shows: the look, figures, tables, explorers."""

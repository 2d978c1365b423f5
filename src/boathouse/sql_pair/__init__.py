"""SQL pair: one query in two dialects as one text."""

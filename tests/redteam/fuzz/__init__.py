"""Does what is judged read-only leave everything as it was? Command lines are made from the table and really run."""

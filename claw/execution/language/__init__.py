"""Language servers: found on PATH, started confined, spoken with over a socket, and never believed (ADR 29)."""

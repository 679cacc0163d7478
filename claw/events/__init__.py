"""Every fact a session consists of. `kinds` has the union, `codec` the bytes; the other modules one family each."""

"""Measurements of claw: `make bench`. Figures are ratios taken in one run, so that they say the same on any machine."""

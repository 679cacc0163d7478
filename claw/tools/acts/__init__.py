"""What the tools do: imported by the first call of each."""

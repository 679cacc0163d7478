"""`claw acp`: sessions for editors, by the Agent Client Protocol, version 1 (`docs/editors.md`, ADR 37)."""

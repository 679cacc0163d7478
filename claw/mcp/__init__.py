"""MCP servers: a process of claw's that speaks the protocol with all of them, and what the session makes of what they
say (ADR 45).
"""

"""MCP servers, spoken with as they are: real processes, real transports."""

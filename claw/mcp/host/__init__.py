"""The process that speaks with all MCP servers of a session: the only place that imports the protocol's library."""

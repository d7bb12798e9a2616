"""Other people's programs against the MCP server: the protocol's own suites, and the agents that will use it."""

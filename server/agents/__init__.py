"""The playbook inside coding agents: the MCP server and what is installed with it."""

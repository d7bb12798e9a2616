"""What can be asked of the product, as plain calls: the same for command line, HTTP and MCP."""

"""Start the playbook's MCP server, for a host that runs this file and not the command of the manifest."""

import sys
from importlib.metadata import entry_points

sys.argv = ["mlplaybook", "mcp"]
(script,) = entry_points(group="console_scripts", name="mlplaybook")
sys.exit(script.load()())

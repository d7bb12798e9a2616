"""The playbook over HTTP: endpoints, their protection, and the page."""

"""The playbook's tables and rubrics, executed."""

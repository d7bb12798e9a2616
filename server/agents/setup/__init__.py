"""The playbook's entry in the settings of coding agents: shown, written, taken out."""

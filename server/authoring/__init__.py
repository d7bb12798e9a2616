"""For those who write the playbook: what it holds, what is wrong with it, what is missing."""

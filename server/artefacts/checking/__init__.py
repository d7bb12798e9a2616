"""Filled documents held against their template and the playbook: types, placeholders, contradictions across fields."""

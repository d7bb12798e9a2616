"""The playbook's formulas, executed: inputs with units in, arithmetic shown, the result and what it means out."""

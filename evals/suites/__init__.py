"""What is measured: each suite reads its cases and scores one at a time."""

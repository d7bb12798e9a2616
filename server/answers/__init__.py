"""From ranked sections to an answer whose every statement can be checked."""

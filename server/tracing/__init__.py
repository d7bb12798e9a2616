"""OpenTelemetry spans of what answering does, off unless it is asked for."""

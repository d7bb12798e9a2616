"""Whether a run is worse than its baseline, by statistics that do not cry wolf."""

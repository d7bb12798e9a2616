"""The page of benchmarks and its plots, from results that are kept in the repository and from nothing else."""

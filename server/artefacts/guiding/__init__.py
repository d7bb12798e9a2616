"""What applies to one step of development in one project, fitted to a number of tokens."""

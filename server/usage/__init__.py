"""What answers cost: tokens and money by a dated price list, kept without questions, and held within a budget."""

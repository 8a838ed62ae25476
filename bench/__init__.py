"""The budgets of the design, measured as ratios taken in one run."""

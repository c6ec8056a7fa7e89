"""Feedback end to end, against the truth of the sample retailer."""

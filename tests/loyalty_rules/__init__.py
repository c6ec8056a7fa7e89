"""Tests of the seeds that rule the loyalty programmes."""

"""Tests of what the nights remember of points and tiers."""

"""Tests of points and tiers against a reference that plays every history event by event."""

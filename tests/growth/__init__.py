"""Tests of the feedback and growth marts: their own SQL on random rows against plain Python."""

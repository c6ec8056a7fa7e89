"""The oracle of points and tiers: every history played event by event, and compared with what the SQL gives."""

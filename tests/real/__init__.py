"""Real data through the open door, with nothing but mapping files."""

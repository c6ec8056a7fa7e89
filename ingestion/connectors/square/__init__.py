"""Square over its Connect API, version 2. The page for users is docs/sources/square.md."""

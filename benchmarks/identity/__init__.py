"""How right and how quick identity resolution is, on records whose people are known."""

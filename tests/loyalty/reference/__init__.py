"""What `docs/loyalty-rules.md` means, played event by event.

Belongs here: the meaning, written to be read, with no thought of speed. Does not belong here: anything shared with
the SQL of the models, which is only worth comparing with while the two stay apart.
"""

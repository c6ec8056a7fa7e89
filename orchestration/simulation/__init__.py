"""What another loyalty programme would have done over the same history, with nothing published and nothing changed.

    a folder of rules -> rules (read, validated) -> run (a scratch database) -> figures -> page, table, JSON

Belongs here: simulating a programme. Does not belong here: what the rules mean, which is in the dbt models that run.
"""

"""Identity: clusters customer records under constraints and gives every customer an id that stays.

Belongs here: what SQL cannot do well, as pure functions over tables, and the step that writes their result to the
warehouse. Does not belong here: normalising and linking records (dbt's `int_customer_*` models) and Dagster.
"""

"""Prediction: who still buys, how often they will, and for how much; fitted by maximum likelihood every night.

Belongs here: the models of the literature as pure functions over arrays, the gates before them, and the step that
writes their result to the warehouse. Does not belong here: what is counted of a customer (dbt's
`int_customer_history__summarise`), what is published (dbt's `customer_value`) and Dagster.
"""

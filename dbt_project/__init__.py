"""The dbt project; importable, so that it is installed with the code that runs it."""

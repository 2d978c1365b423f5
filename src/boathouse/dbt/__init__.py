"""dbt: the parts of a dbt project."""

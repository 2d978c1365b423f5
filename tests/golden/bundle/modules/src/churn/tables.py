"""Tables: each in its place after those that it reads, with the name of its function and module."""

TABLES = {
    "bronze.customers": "customers",
    "bronze.plans": "plans",
    "silver.customers": "customers",
    "silver.plans": "plans",
    "gold.customer_features": "customer_features",
    "gold.spend": "spend",
}

# Where raw files lie within the volume landing.
SOURCES = {
    "bronze.customers": "customers.csv",
    "bronze.plans": "plans.csv",
}

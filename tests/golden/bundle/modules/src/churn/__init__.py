"""churn: the tables of the pipeline, one module each, and the job's tasks that build them."""

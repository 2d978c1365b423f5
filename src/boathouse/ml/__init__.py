"""What models are made of: fraud scores, fairness, drift, features and forecasts, and where their runs are kept."""

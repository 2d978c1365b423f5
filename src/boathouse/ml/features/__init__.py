"""Features: what was known of each key at each time, for training and for serving."""

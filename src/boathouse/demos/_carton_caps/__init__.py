"""What the Carton Caps demo is made of: people, what they do, what goes wrong, and the files that tell of it."""

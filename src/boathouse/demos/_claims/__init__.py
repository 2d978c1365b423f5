"""What the claims demo is made of: people, what is done for them and billed, who cheats, and the files that tell of it."""

"""Package: what leaves, read back and held against the shapes that the platform takes."""

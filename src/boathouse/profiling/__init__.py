"""What is measured of every column of a raw table before any probe asks: forms of text, types, plain numbers."""

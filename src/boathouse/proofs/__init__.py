"""The proofs: how the files of each export target are run here, one target a file."""

"""Resources: how each kind is found, made, changed and removed in a workspace; the names are those of a bundle."""

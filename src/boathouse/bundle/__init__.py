"""Bundle: the parts of a project that is deployed as a whole."""

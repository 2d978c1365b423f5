"""The gates that a version of a model passes before it is the champion, a file a gate."""

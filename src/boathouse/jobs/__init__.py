"""Jobs: a file a job; the class's fields are the options of `boathouse job NAME`."""

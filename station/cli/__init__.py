"""The command line: the same verbs as the window, for scripts, tests and those who like keys."""

"""Where Agor lives and how it is set up: the home's paths, the config file, the pid file."""

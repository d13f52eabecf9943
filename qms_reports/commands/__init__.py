"""The commands of the command line.  Heavy imports happen inside the commands, so that each starts quickly."""

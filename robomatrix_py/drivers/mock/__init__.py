"""No device at all: commands are integrated, for trying out a graph."""

"""The run folder: what a run writes, how it survives a crash, and the page a person reads afterwards."""

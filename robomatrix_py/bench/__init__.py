"""The figures of `robomatrix bench`: each measures one thing, on this machine, and returns plain numbers."""

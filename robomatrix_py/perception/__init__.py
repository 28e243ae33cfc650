"""Camera perception: what an encoder sees, lifted into the base frame, grouped into things, and followed."""

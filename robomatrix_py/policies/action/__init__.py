"""The action model: from what the encoder sees of the goal's things, and the arm's own state, to chunks of aims."""

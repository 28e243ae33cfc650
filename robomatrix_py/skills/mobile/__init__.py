"""Skills of a robot that moves about."""

"""Feetech STS servos on a serial bus, as in the SO-101."""

"""Dynamixel X servos on a serial bus, as in the ViperX 300 S."""

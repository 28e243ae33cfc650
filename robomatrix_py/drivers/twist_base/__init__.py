"""Bases that take a twist and tell their odometry over ROS 2: what of them can be decided without ROS."""

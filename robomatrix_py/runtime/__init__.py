"""Puts the pure cores together: lock-step runs without ROS, and the process graph of a run with ROS."""

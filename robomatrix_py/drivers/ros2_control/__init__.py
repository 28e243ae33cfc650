"""Arms that already have ros2_control: what of them can be decided without ROS."""

"""ROS 2 nodes: one file a node, each a thin shell around a pure core. The only place with rclpy."""

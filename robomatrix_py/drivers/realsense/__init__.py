"""Intel RealSense depth cameras, by librealsense."""

"""Universal Robots arms over RTDE, with a Robotiq gripper on the tool."""

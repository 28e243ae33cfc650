"""UFACTORY xArm arms through the maker's package, with an xArm gripper on the tool."""

"""DJI RoboMaster EP over its plain-text protocol, spoken directly: base, arm, gripper, video.

Source of ports and messages: DJI, RoboMaster SDK documentation, "Plaintext SDK" (github.com/dji-sdk/RoboMaster-SDK).
"""

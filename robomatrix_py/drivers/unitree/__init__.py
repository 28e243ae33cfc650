"""Unitree Go2: its sport service over DDS, spoken directly with cyclonedds, without Unitree's package."""

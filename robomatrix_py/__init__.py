"""RoboMatrix: say what you want, and a robot does it with skills it has learnt."""

__version__ = "0.1.0"

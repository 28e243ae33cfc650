"""The planner benchmark: tasks in words at five levels, and a symbolic world that the plans are carried out in."""

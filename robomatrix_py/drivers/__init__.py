"""Real arms and bases behind the driver interface: one sub-package a device family.

`arm.py` and `base.py` are the drivers: they connect, watch, hold and connect again (`connection.py`). A family supplies
an `ArmDevice` or a `BaseDevice` (`device.py`), which turns set points into bytes and bytes into readings, and knows
nothing of the rest. Vendors' packages are imported only there.
"""

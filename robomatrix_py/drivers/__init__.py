"""Real arms behind the driver interface: one sub-package a device family, the vendor's package imported only there.

`arm.py` is the one driver: it connects, watches, holds and connects again. A family supplies an `ArmDevice`
(`device.py`), which turns set points into bytes and bytes into readings, and knows nothing of the rest.
"""

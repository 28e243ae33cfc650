"""Measures cameras by a ChArUco board: their lenses and where they are on a robot. The only place with OpenCV."""

"""Corrections in plain words while the robot moves: understood, checked, carried out, kept and offered again."""

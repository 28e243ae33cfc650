"""AgileX Piper arms on a CAN bus."""

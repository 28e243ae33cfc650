"""The gate and its parts. A software protective stop, category 2; it is not safety-rated."""

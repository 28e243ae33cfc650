"""Configuration: schemas are dataclasses, values are YAML laid over them. The only place with hydra."""

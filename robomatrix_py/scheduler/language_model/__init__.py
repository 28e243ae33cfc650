"""Plans from a language model behind an OpenAI-compatible endpoint, believed only as far as they can be verified."""

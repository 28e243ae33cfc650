"""Learned models: the vision-language encoder and the policies on top of it. The only place with torch."""

"""English instructions to goals: tokens, spelling, noun phrases, frames, clauses, referents, meaning."""

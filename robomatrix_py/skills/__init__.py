"""Meta-skills: closed-loop motions, the runner that steps them, and the independent judge of their effects."""

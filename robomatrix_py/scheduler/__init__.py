"""From a sentence to a supervised task: memory, facts, language, search, verifier, planners and execution."""

"""Use cases of support, each in the caller's transaction; texts about a person are sealed before it is committed."""

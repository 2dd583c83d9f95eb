"""What Temporal conducts: one workflow per case, told instants, never rules."""

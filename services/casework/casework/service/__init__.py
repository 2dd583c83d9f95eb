"""Use cases of casework: one function is one transaction's work: state and outbox."""

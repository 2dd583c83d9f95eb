"""The use cases of casework. Each function does the work of one transaction: the state and the outbox."""

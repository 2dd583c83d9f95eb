"""Which notices an event makes, when a message may go out, and to which targets. Pure."""

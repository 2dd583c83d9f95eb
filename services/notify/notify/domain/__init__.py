"""What is told to whom, when a message may go out, and to where. Pure."""

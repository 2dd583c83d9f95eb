"""The neove command: up, down, doctor, play, case."""

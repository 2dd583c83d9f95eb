"""Programs that `make` targets run. None of them is a command of `neove`."""

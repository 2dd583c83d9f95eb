"""h11's protocol of uvicorn within the bounds of a connection. Loaded by the few connections that need it."""

from uvicorn.protocols.http.h11_impl import H11Protocol

from kit.http.connections import Bounded


class BoundedH11(Bounded, H11Protocol):
    """One connection of a client that offered a newer protocol."""

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        super().data_received(data)
        self.watch()

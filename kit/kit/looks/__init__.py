"""Every look and every refusal is recorded: who, of which office, did or asked what, about what, and what was answered.

| module       | what is in it                                                                            |
|--------------|------------------------------------------------------------------------------------------|
| `look`       | one entry                                                                                |
| `recorder`   | writes entries before the answer leaves, and keeps in memory what cannot be written now   |

`kit.http.looks` is the operation by which the collector fetches the entries of a service.
`kit.http.operations` makes one entry for each request of a known caller. A transaction that changes something writes
the entry with the change (`kit.uow`). Everything else, a read or a refusal, is one insert after the service has
answered and before the answer is sent. The table `looks` is append-only: the service's role may insert and select.

The services chain nothing. The collector in `vault` fetches the entries and chains them with a key (ADR 0034).
"""

from kit.looks.look import Look

__all__ = ["Look"]

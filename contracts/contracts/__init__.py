"""What the services promise each other: ids, codes, events, refusals, streams, sealing. Pure data, no I/O."""

"""How a client carries out what `_core` decides: by hand for asyncio, and generated from that for threads."""

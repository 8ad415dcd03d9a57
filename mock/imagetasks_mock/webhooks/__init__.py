"""The URLs that came with tasks are told what becomes of them."""

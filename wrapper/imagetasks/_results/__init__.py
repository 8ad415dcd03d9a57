"""How results are collected: without credentials, whole or not at all."""

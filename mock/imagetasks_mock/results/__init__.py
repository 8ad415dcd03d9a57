"""The pictures and videos behind the result URLs."""

"""`make bench`: how fast a platform serves one model, how much of it, and where the time of a cold start goes."""

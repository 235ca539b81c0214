"""`make bench-compare`: is one benchmark run worse than another, by how much, and could chance alone have done it?"""

"""Load on a platform: arrivals, an open-loop generator inside locust, raw samples, statistics and validity."""

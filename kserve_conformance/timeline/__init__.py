"""What happened when: the stages of a cold start, from watch events and the sample of the request that caused it."""

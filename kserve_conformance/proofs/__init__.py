"""Proofs that the suites can fail: every seeded defect against the test that names it."""

"""Names the plugins; what they do is in `fixtures/`."""

# What others stand on comes first.
pytest_plugins = (
    "pytester",
    "fixtures.platform",
    "fixtures.services",
    "fixtures.traffic",
    "fixtures.witness",
    "fixtures.asleep",
    "fixtures.watched",
    "fixtures.behind",
    "fixtures.configuration",
    "fixtures.failures",
    "fixtures.pipeline",
    "fixtures.protocol",
    "fixtures.resilience",
    "fixtures.rollout",
    "fixtures.routing",
    "fixtures.scaling",
    "fixtures.runtimes",
    "fixtures.standard",
    "fixtures.storage",
)

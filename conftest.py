"""Names the plugins; what they do is in `fixtures/`."""

pytest_plugins = ("pytester", "fixtures.platform", "fixtures.services", "fixtures.traffic")

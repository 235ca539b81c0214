"""Runs of the suites, from the command line to the exit code and the report."""

from __future__ import annotations

import pytest

KEPT = '@requirement("KC-A-001")\ndef test_one(platform):\n    assert platform == "stand-in"\n'
BROKEN = '@requirement("KC-A-002")\ndef test_two(platform, run):\n    run.stands_on("iris")\n    assert 1 == 2\n'


def test_all_kept(project, suite):
    suite(KEPT)
    result = project.run()
    assert result.ret == 0
    assert project.results["verdict"] == "rehearsed"
    assert project.results["tally"]["must"] == {"kept": 1, "broken": 0, "skipped": 0, "unproven": 2}
    assert project.result("test_one")["requirements"] == ["KC-A-001"]
    assert project.engine_log == ["open embedded", "sweep r1", "close", "close"]


def test_every_file_of_the_report_says_rehearsed(project, suite):
    suite(KEPT)
    project.run()
    for name in ("results.json", "junit.xml", "summary.md", "index.html"):
        assert "rehearsed" in (project.report / name).read_text(), name


def test_broken_promise(project, suite):
    suite(KEPT + BROKEN)
    result = project.run()
    assert result.ret == 1
    assert project.result("test_two")["outcome"] == "failed"
    breach = project.result("test_two")["breach"]
    assert breach["promise"] == "The second holds."
    assert (project.report / breach["evidence"] / "services.txt").read_text() == "iris"
    result.stdout.fnmatch_lines(["* FAILED  area/test_it.py::test_two*KC-A-002 MUST*", "*promise*The second holds.*"])


def test_platform_that_went_away(project, suite):
    """What was measured before is in the report, and what is left is said; no traceback."""
    suite(KEPT)
    result = project.run("--target", "kind")
    assert result.ret == 10
    assert project.results["verdict"] == "blocked"
    assert project.result("test_one")["outcome"] == "passed"
    result.stdout.fnmatch_lines(["*the platform went away: it does not answer; delete it later*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_words_of_the_engine_reach_the_report(project, suite):
    suite(
        "class Told(AssertionError):\n    expected, observed, likely, curl = 'pods', 'none', 'the node', 'curl x'\n"
        '@requirement("KC-A-001")\ndef test_one():\n    raise Told("none")\n'
    )
    project.run()
    breach = project.result("test_one")["breach"]
    assert breach == {
        "promise": "The first holds.",
        "expected": "pods",
        "observed": "none",
        "likely": "the node",
        "evidence": "",
        "next": "",
        "curl": "curl x",
    }


def test_broken_promise_in_a_fixture(project, suite):
    suite(
        '@pytest.fixture\ndef iris():\n    assert 0, "never Ready"\n@requirement("KC-A-001")\ndef test_one(iris): ...\n'
    )
    assert project.run().ret == 1
    assert project.result("test_one")["breach"]["observed"].startswith("never Ready")


def test_error_of_the_suite_is_no_broken_promise(project, suite):
    suite('@requirement("KC-A-001")\ndef test_one():\n    {}["x"]\n')
    assert project.run().ret == 3
    assert project.result("test_one")["outcome"] == "error"


def test_error_in_teardown_is_counted_once(project, suite):
    suite(
        '@pytest.fixture\ndef iris():\n    yield\n    raise OSError("gone")\n'
        '@requirement("KC-A-001")\ndef test_one(iris): ...\n'
    )
    assert project.run().ret == 3
    assert [each["outcome"] for each in project.results["results"]] == ["error"]


def test_invalid_measurement(project, suite):
    suite(
        "class Late(Exception):\n    measurement_invalid = True\n"
        '@requirement("KC-A-001")\ndef test_one():\n    raise Late("the client could not keep up")\n'
    )
    assert project.run().ret == 11


def test_missing_capability_is_a_typed_skip(project, suite):
    suite('@requirement("KC-A-003")\ndef test_three(): ...\n')
    result = project.run("--target", "cluster")
    assert result.ret == 0
    assert project.result("test_three")["skip"] == {"kind": "NotSupported", "reason": "grpc: port closed"}
    assert project.results["verdict"] == "partial"


def test_required_capability_that_is_missing_is_a_failure(project, suite):
    suite('@requirement("KC-A-003")\ndef test_three(): ...\n')
    assert project.run("--require", "grpc").ret == 1
    assert "as --require asks" in project.result("test_three")["breach"]["expected"]


def test_exempted_capability_does_not_count(project, suite):
    suite(KEPT + '@requirement("KC-A-002")\ndef test_two(): ...\n@requirement("KC-A-003")\ndef test_three(): ...\n')
    assert project.run("--target", "cluster", "--exempt", "grpc").ret == 0
    assert project.result("test_three")["skip"]["kind"] == "NotApplicable"
    assert project.results["verdict"] == "conformant"


def test_promise_of_another_version_is_skipped(project, suite):
    suite('@requirement("KC-A-004")\ndef test_four(): ...\n')
    assert project.run().ret == 0
    assert project.result("test_four")["skip"]["reason"] == "needs kserve >=0.11, this is 0.10.0"


@pytest.mark.parametrize(
    ("options", "outcome"),
    [([], "passed"), (["--target", "cluster"], "skipped"), (["--target", "cluster", "--disruptive"], "passed")],
)
def test_disruptive_tests_have_to_be_allowed(project, suite, options, outcome):
    suite('@disruptive\n@requirement("KC-A-001")\ndef test_one(): ...\n')
    project.run(*options)
    assert project.result("test_one")["outcome"] == outcome


def test_serial_tests_come_last(project, suite):
    suite('@serial\n@requirement("KC-A-001")\ndef test_one(): ...\n@requirement("KC-A-002")\ndef test_two(): ...\n')
    project.run()
    assert [each["nodeid"].rpartition("::")[2] for each in project.results["results"]] == ["test_two", "test_one"]


def test_figures_are_kept(project, suite):
    suite('@requirement("KC-A-001")\ndef test_one(record):\n    record("seconds", 1.5)\n')
    project.run()
    assert project.result("test_one")["figures"] == {"seconds": 1.5}


def test_workers_share_one_platform(project, suite):
    suite(KEPT + BROKEN)
    result = project.run("-n", "2")
    assert result.ret == 1
    result.stdout.no_fnmatch_line("*bringing up nodes*")
    assert project.engine_log.count("open embedded") == 1
    assert {each["worker"] for each in project.results["results"]} <= {"gw0", "gw1"}
    assert (project.report / project.result("test_two")["breach"]["evidence"] / "services.txt").exists()


def test_worker_that_dies_is_an_error(project, suite):
    suite(KEPT + 'import os\n@requirement("KC-A-002")\ndef test_two():\n    os._exit(9)\n')
    assert project.run("-n", "2", "--max-worker-restart", "0").ret == 3
    assert project.result("test_two")["outcome"] == "error"


def test_unreachable_platform(project, suite):
    suite(KEPT)
    result = project.run("--target", "cluster", "--context", "nowhere")
    assert result.ret == 10
    assert project.results["verdict"] == "blocked"
    assert project.results["note"] == "nowhere does not answer; check the network"


def test_nothing_selected(project, suite):
    suite(KEPT)
    assert project.run("-k", "nosuchtest").ret == 5


def test_module_that_cannot_be_imported(project, suite):
    suite("import nosuchmodule\n")
    result = project.run()
    assert result.ret == 3
    result.stdout.fnmatch_lines(["*nosuchmodule*"])


def test_interrupted_run_keeps_what_was_measured(project, suite):
    suite(KEPT + '@requirement("KC-A-002")\ndef test_two():\n    raise KeyboardInterrupt\n')
    assert project.run().ret == 2
    assert project.results["verdict"] == "interrupted"
    assert [each["outcome"] for each in project.results["results"]] == ["passed"]
    assert "close" in project.engine_log


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--require", "gprc"], "--require gprc: no requirement has this capability; known: grpc, kserve"),
        (["--profile", "big"], "there is no profile 'big'; the profiles are serverless"),
        (["--context", "prod"], "add --target cluster"),
        (["--namespace-annotation", "x"], "--namespace-annotation x: expected KEY=VALUE"),
        (["--run-id", "A b"], "must be a label"),
        (["--report-dir", "/proc/x"], "the report cannot be written to /proc/x: "),
    ],
)
def test_usage_errors_teach(project, suite, options, said):
    suite(KEPT)
    result = project.run(*options)
    assert result.ret == 4
    result.stderr.fnmatch_lines([f"*{said.replace('[', '[[]')}*"])
    assert project.engine_log == []


def test_unknown_requirement_is_a_usage_error(project, suite):
    suite('@requirement("KC-A-999")\ndef test_one(): ...\n')
    assert project.run().ret == 4


def test_report_is_never_overwritten(project, suite):
    suite(KEPT)
    assert project.run("--report-dir", "here").ret == 0
    assert project.run("--report-dir", "here").ret == 4

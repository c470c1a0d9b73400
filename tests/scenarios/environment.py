"""What behave does around each scenario: a scratch folder of its own, and no process left behind."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
from harness import FAILPOINT_BUILD, Workbench  # noqa: E402


def before_scenario(context, scenario):
    # The build with failpoints is the one whose clock can be turned.
    context.bench = Workbench(build=FAILPOINT_BUILD).__enter__()


def after_scenario(context, scenario):
    failed = AssertionError if scenario.status.name == "failed" else None
    context.bench.__exit__(failed, None, None)

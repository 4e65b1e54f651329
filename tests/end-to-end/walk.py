"""The steps of a walk: one at a time, whatever became of those before, and a line of JSON about each."""

import json
import sys
import traceback

STEPS = []


def step(function):
    STEPS.append(function)
    return function


def walk(make_world):
    """`--list` prints the names of the steps, one a line; an ENDPOINT runs them in order: {"step", "error"}. Returns the world."""
    [argument] = sys.argv[1:]
    if argument == "--list":
        print("\n".join(function.__name__ for function in STEPS))
        return None
    world = make_world(argument)
    for function in STEPS:
        result = {"step": function.__name__}
        try:
            function(world)
        except Exception:
            result["error"] = traceback.format_exc(limit=-3)
        print(json.dumps(result), flush=True)
    return world

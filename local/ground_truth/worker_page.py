"""The page of a worker: the job's own template, rendered with Liquid, in a browser.

On AWS `crowd-html-elements.js` defines the elements and collects what the worker says. Here
`crowd.js` does so for those that the template uses, with the same output.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from liquid import Environment

_CROWD = "https://assets.crowd.aws/crowd-html-elements.js"
CROWD_JS = Path(__file__).with_name("crowd.js")


@cache
def _environment() -> Environment:
    environment = Environment(autoescape=True)
    environment.filters["to_json"] = json.dumps
    environment.filters["grant_read_access"] = str
    return environment


def render(template: str, task_input: dict[str, Any]) -> str:
    """The HTML of a task. Values are escaped unless the template says otherwise."""
    page: str = _environment().from_string(template).render(task={"input": task_input})
    return page.replace(_CROWD, "/crowd.js")

"""`tandem.aws.presidio` against the installed presidio-analyzer.

Each test runs a fresh interpreter, because an import happens once per process. When an upgrade
moves a recognizer, imports more, or no longer needs to be entered this way, one of these fails.
"""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

LAYER = Path(__file__).parents[2] / "layers" / "tandem"
NEITHER_INSTALLED_NOR_NEEDED = ("spacy",)
IN_NO_LAYER = ("certifi", "charset_normalizer", "filelock", "idna", "requests", "requests_file",
               "tldextract", "yaml")  # fmt: skip
PHONE_DATA = ("phonenumbers.carrierdata", "phonenumbers.geodata", "phonenumbers.tzdata")
REDACT = """
import json, sys
from tandem.aws.personal_data import PersonalData
said = PersonalData().redact(["I'm Jane Doe: 4111 1111 1111 1111, +49 30 1234567, 203.0.113.7, "
                              "DE89370400440532013000, 12345678Z, jane@example.com"])
"""
SAID = ["I'm [name]: [card], [phone], [address], [iban], [id], [email]"]


def in_a_fresh_interpreter(code: str) -> Any:
    """Run the code; return what it printed, read as JSON."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(LAYER), "HOME": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_personal_data_is_found_without_anything_that_the_layer_leaves_out() -> None:
    forbidden = [*NEITHER_INSTALLED_NOR_NEEDED, *IN_NO_LAYER, *PHONE_DATA]
    blocked = f"import sys; sys.modules.update(dict.fromkeys({forbidden!r}))\n"

    assert in_a_fresh_interpreter(blocked + REDACT + "print(json.dumps(said))") == SAID


def test_neither_the_network_nor_a_file_is_needed_to_redact() -> None:
    watched = (
        "import sys\n"
        "def hook(event, arguments):\n"
        "    if event.startswith('socket.') and event != 'socket.gethostname':\n"
        "        raise RuntimeError(event)\n"
        "    if event == 'open' and arguments[1] and set(str(arguments[1])) & set('wax+'):\n"
        "        raise RuntimeError(f'writes {arguments[0]}')\n"
        "sys.dont_write_bytecode = True\n"
        "sys.addaudithook(hook)\n"
    )

    assert in_a_fresh_interpreter(watched + REDACT + "print(json.dumps(said))") == SAID


def test_redacting_imports_only_what_phone_numbers_of_a_country_need() -> None:
    code = (
        "from tandem.aws.personal_data import PersonalData\n"
        "import sys; before = set(sys.modules)\n"
        + REDACT
        + "print(json.dumps(sorted(set(sys.modules) - before)))"
    )

    # The metadata of a country is loaded when its first number is looked at.
    assert all(
        name.startswith(("phonenumbers.data.", "phonenumbers.shortdata.", "encodings.", "json"))
        for name in in_a_fresh_interpreter(code)
    )


def test_no_module_of_presidio_is_left_for_a_later_importer() -> None:
    code = (
        "import json, sys, tandem.aws.presidio\n"
        "print(json.dumps([name for name in sys.modules if 'presidio_analyzer' in name]))"
    )

    assert in_a_fresh_interpreter(code) == []


def test_whoever_imported_presidio_before_still_has_the_same_modules() -> None:
    code = (
        "import json, sys, types\n"
        "before = sys.modules['presidio_analyzer'] = types.ModuleType('presidio_analyzer')\n"
        "import tandem.aws.presidio\n"
        "print(json.dumps(sys.modules['presidio_analyzer'] is before))"
    )

    assert in_a_fresh_interpreter(code) is True


def test_presidio_alone_still_asks_for_spacy() -> None:
    """Once it does not, the packages can be imported as they are."""
    assert find_spec("spacy") is None
    code = (
        "import json\n"
        "try:\n"
        "    import presidio_analyzer\n"
        "except ModuleNotFoundError as error:\n"
        "    print(json.dumps(error.name.partition('.')[0]))\n"
    )

    assert in_a_fresh_interpreter(code) == "spacy"

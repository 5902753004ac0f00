"""presidio-analyzer's recognizers of numbers that have a shape and a check digit, and nothing else.

presidio's packages import spaCy and its language models in their `__init__`, some 200 MB that find
names; spaCy is not installed (requirements/excludes.txt). So the packages are entered without
running their `__init__`, and the recognizers' own modules are imported: 0.2 s instead of seconds.
The classes are presidio's own. When this module's import ends, no module of presidio is left in
`sys.modules`: whoever imports presidio later, with spaCy installed, gets the real one.

presidio's recognizer of e-mail addresses is not among them: its pattern takes quadratic time, and
its list of top-level domains comes from the network (`tandem.review.contacts` finds addresses).
`tests/unit/test_lazy_imports_of_presidio.py` holds all of this against the installed version.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

_PRESIDIO = "presidio_analyzer"
_RECOGNIZERS = f"{_PRESIDIO}.predefined_recognizers"
_ENTERED_WITHOUT_INIT = (
    _PRESIDIO,
    f"{_PRESIDIO}.nlp_engine",
    _RECOGNIZERS,
    f"{_RECOGNIZERS}.generic",
)
# In the order of presidio's own `__init__`: each takes the earlier ones from the package.
_TAKEN_INTO_THE_PACKAGE = {
    "analysis_explanation": "AnalysisExplanation",
    "recognizer_result": "RecognizerResult",
    "pattern": "Pattern",
    "entity_recognizer": "EntityRecognizer",
    "local_recognizer": "LocalRecognizer",
    "pattern_recognizer": "PatternRecognizer",
}
_NAMED_IN_ANNOTATIONS = "NlpArtifacts"
_USED = {
    "CreditCardRecognizer": "generic.credit_card_recognizer",
    "CryptoRecognizer": "generic.crypto_recognizer",
    "IbanRecognizer": "generic.iban_recognizer",
    "IpRecognizer": "generic.ip_recognizer",
    "MacAddressRecognizer": "generic.mac_recognizer",
    "PhoneRecognizer": "generic.phone_recognizer",
    "AuMedicareRecognizer": "country_specific.australia.au_medicare_recognizer",
    "AuTfnRecognizer": "country_specific.australia.au_tfn_recognizer",
    "FiPersonalIdentityCodeRecognizer": (
        "country_specific.finland.fi_personal_identity_code_recognizer"
    ),
    "InAadhaarRecognizer": "country_specific.india.in_aadhaar_recognizer",
    "InPanRecognizer": "country_specific.india.in_pan_recognizer",
    "ItFiscalCodeRecognizer": "country_specific.italy.it_fiscal_code_recognizer",
    "KrRrnRecognizer": "country_specific.korea.kr_rrn_recognizer",
    "PlPeselRecognizer": "country_specific.poland.pl_pesel_recognizer",
    "SgFinRecognizer": "country_specific.singapore.sg_fin_recognizer",
    "EsNieRecognizer": "country_specific.spain.es_nie_recognizer",
    "EsNifRecognizer": "country_specific.spain.es_nif_recognizer",
    "ThTninRecognizer": "country_specific.thai.th_tnin_recognizer",
    "NhsRecognizer": "country_specific.uk.uk_nhs_recognizer",
    "UkNinoRecognizer": "country_specific.uk.uk_nino_recognizer",
    "UsItinRecognizer": "country_specific.us.us_itin_recognizer",
    "UsMbiRecognizer": "country_specific.us.us_mbi_recognizer",
    "UsSsnRecognizer": "country_specific.us.us_ssn_recognizer",
}
"""Recognizer → its module, under `predefined_recognizers`."""


def _entered(package: str) -> ModuleType:
    """The package as a bare namespace: submodules can be imported, its `__init__` is not run."""
    spec = find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"No package named {package!r}", name=package)
    module = ModuleType(package)
    module.__path__ = list(spec.submodule_search_locations)
    return module


def _of_presidio() -> set[str]:
    return {name for name in sys.modules if name.partition(".")[0] == _PRESIDIO}


@contextmanager
def _only_what_is_used() -> Iterator[None]:
    """Put bare packages in place of presidio's; afterwards what was loaded before is back."""
    before = {name: sys.modules.pop(name) for name in _of_presidio()}
    try:
        for name in _ENTERED_WITHOUT_INIT:
            sys.modules[name] = _entered(name)
        nlp_engine: Any = sys.modules[f"{_PRESIDIO}.nlp_engine"]
        setattr(nlp_engine, _NAMED_IN_ANNOTATIONS, type(_NAMED_IN_ANNOTATIONS, (), {}))
        for module, name in _TAKEN_INTO_THE_PACKAGE.items():
            found = getattr(import_module(f"{_PRESIDIO}.{module}"), name)
            setattr(sys.modules[_PRESIDIO], name, found)
        yield
    finally:
        for name in _of_presidio():
            del sys.modules[name]
        sys.modules.update(before)


with _only_what_is_used():
    _CLASSES: dict[str, Any] = {
        name: getattr(import_module(f"{_RECOGNIZERS}.{module}"), name)
        for name, module in _USED.items()
    }


def recognizer(name: str, **options: Any) -> Any:
    """A recognizer of presidio's by its class name, made with presidio's defaults and `options`.

    Its `analyze(text, entities)` gives results with `start`, `end` and `score` (0 to 1).
    Raises `KeyError` if it is none of those that are imported here.
    """
    return _CLASSES[name](**options)

"""Runs schemathesis over one document against one server, with a fixed seed, and collects what it saw."""

from __future__ import annotations

import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable
from unittest import mock

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

import checks  # registers the checks of its own

SEED = 20_251_122
REFUSALS = ["400", "401", "403", "404", "409", "413", "422"]
#: Documented, and no fault of the server's: the file is held, the disk is full.
ALLOWED = ["2xx", "4xx", "503"]


class Fuzz:
    """What one run saw: by operation the statuses that came, and everything that failed."""

    def __init__(self):
        self.statuses: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self.failures: dict[str, str] = {}
        self.requests = 0

    def run(
        self, document: dict, url: str, *, off: Iterable[str] = (), examples: int = 30,
        map_case: Callable | None = None, auth=None, stateful: bool = False,
    ) -> "Fuzz":
        """Every phase on every operation; `off` names checks that make no sense here."""
        schema = schemathesis.openapi.from_dict(document, config=configuration(off, examples, stateful))
        schema.config.update(base_url=url, request_timeout=30)
        if map_case is not None:
            schema.hook("map_case")(lambda context, case: map_case(case))
        if auth is not None:
            schema.auth.set_from_requests(auth)
        # Without a target: to climb towards what is accepted takes minutes of drawing cases that are never sent.
        with mock.patch("hypothesis.target", lambda value, label="": value):
            for event in from_schema(schema).execute():
                if isinstance(event, events.ScenarioFinished):
                    self._take(event.recorder)
                elif isinstance(event, (events.NonFatalError, events.FatalError)):
                    self._complain(event)
        return self

    def _complain(self, event) -> None:
        """A run that did not do what it was to do has failed."""
        error = event.value if isinstance(event, events.NonFatalError) else event.exception
        name = f"schemathesis: {getattr(event, 'label', '')}: {type(error).__name__}: {error}"
        self.failures[name] = "".join(traceback.format_exception(error))

    def _take(self, recorder) -> None:
        for case_id, interaction in recorder.interactions.items():
            self.requests += 1
            case = recorder.cases[case_id].value
            label = case.operation.label
            if interaction.response is None:
                self.failures.setdefault(f"{label}: no answer", str(interaction.request))
            elif interaction.request.method == case.operation.method.upper():
                self.statuses[label][interaction.response.status_code] += 1
        for case_id, results in recorder.checks.items():
            for result in results:
                if result.failure_info is not None:
                    label = recorder.cases[case_id].value.operation.label
                    failure = result.failure_info.failure
                    self.failures.setdefault(
                        f"{label}: {result.name}: {failure.title}", f"{failure.message}\n{result.failure_info.code_sample}")

    def report(self) -> str:
        return "\n\n".join(f"{name}\n{detail}" for name, detail in sorted(self.failures.items()))

    def reached(self, operation: str) -> str:
        return f"{operation} answered {dict(sorted(self.statuses[operation].items()))}"

    def has(self, operation: str, statuses: range) -> bool:
        return any(status in statuses for status in self.statuses[operation])


def configuration(off: Iterable[str], examples: int, stateful: bool) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict({
        "seed": SEED,
        "generation": {"max-examples": examples, "deterministic": True, "database": "none", "no-shrink": True},
        "phases": {"stateful": {"enabled": stateful, "max-steps": 5, "generation": {"max-examples": examples}}},
        "checks": {
            "not_a_server_error": {"expected-statuses": ALLOWED},
            "negative_data_rejection": {"expected-statuses": REFUSALS},
            "unsupported_method": {"enabled": False},
            **{name: {"enabled": False} for name in off},
        },
    })

"""Reads `/metrics` as numbers."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import httpx2
from prometheus_client.parser import text_string_to_metric_families

Sample = tuple[str, dict[str, str], float]


@dataclass
class Scrapes:
    """The last scrape of each process. As in Prometheus, the figures of a killed process still count."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)

    async def look(self, *urls: str) -> "Scrapes":
        """Scrape these addresses and replace their samples."""
        async with httpx2.AsyncClient() as http:
            for url in urls:
                response = await http.get(f"{url}/metrics")
                assert response.status_code == 200
                assert response.headers["content-type"].startswith("text/plain")
                self.samples[url] = list(read(response.text))
        return self

    def sum(self, name: str, **labels: str) -> float:
        """The sum over all processes and all labels that are not given. Fails if there is no such sample."""
        found = [
            value
            for samples in self.samples.values()
            for sample, carried, value in samples
            if sample == name and labels.items() <= carried.items()
        ]
        assert found, f"no process exports {name} {labels}"
        return sum(found)

    @property
    def names(self) -> set[str]:
        return {name for samples in self.samples.values() for name, _, _ in samples}

    @property
    def labels(self) -> set[str]:
        """All label values."""
        return {value for samples in self.samples.values() for _, carried, _ in samples for value in carried.values()}


def read(text: str) -> Iterable[Sample]:
    for family in text_string_to_metric_families(text):
        assert family.documentation, f"{family.name} has no HELP"
        for sample in family.samples:
            yield sample.name, sample.labels, sample.value

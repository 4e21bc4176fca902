"""Kubeconfigs that differ from a good one in a single respect."""

from pathlib import Path
from typing import Any

import yaml


def changed(source: Path, target: Path, *, cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> Path:
    """A copy of `source` whose only cluster has these fields as well, and whose only user, when given, is this one."""
    document = yaml.safe_load(source.read_text())
    document["clusters"][0]["cluster"] |= cluster or {}
    if user is not None:
        document["users"][0]["user"] = user
    target.write_text(yaml.safe_dump(document, sort_keys=False))
    target.chmod(0o600)
    return target

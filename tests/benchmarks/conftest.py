"""Benchmarks are named bench_*.py and are collected only when this folder is asked for."""

from pathlib import Path

import pytest


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    asked = any("benchmarks" in str(argument) for argument in parent.config.args)
    if parent.session.isinitpath(file_path):
        return None  # named itself: pytest collects it, and it would run twice
    if asked and file_path.name.startswith("bench_") and file_path.suffix == ".py":
        return pytest.Module.from_parent(parent, path=file_path)
    return None

"""Token vectors in fewer dimensions."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.projection import CALIBRATION, CALIBRATION_FILE, calibration_texts, fit_projection


def test_what_lies_in_the_kept_directions_keeps_its_products() -> None:
    rng = np.random.default_rng(0)
    plane = np.linalg.qr(rng.normal(size=(6, 2)))[0]
    vectors = (rng.normal(size=(40, 2)) @ plane.T).astype(np.float32)
    projected = vectors @ fit_projection(vectors, 2)
    assert projected @ projected.T == pytest.approx(vectors @ vectors.T, abs=1e-4)


@given(st.integers(0, 1_000))
def test_directions_are_orthonormal_and_point_one_way(seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(30, 8)).astype(np.float32)
    projection = fit_projection(vectors, 3)
    assert projection.T @ projection == pytest.approx(np.eye(3), abs=1e-5)
    assert (projection[np.abs(projection).argmax(axis=0), range(3)] > 0).all()


def test_no_more_directions_are_kept_than_there_are() -> None:
    assert fit_projection(np.eye(2, dtype=np.float32), 5).shape == (2, 2)


def test_another_calibration_text_needs_another_number() -> None:
    text = files("mlplaybook.ingest").joinpath(CALIBRATION_FILE).read_bytes()
    assert (CALIBRATION, hashlib.sha256(text).hexdigest()) == (
        "1",
        "6a42ceaa57750fefee1e780a8543dee01d006d7724c8bdbc8e17f0d894e5d046",
    )
    assert len(calibration_texts()) == len(set(calibration_texts())) == 289

"""CIEDE2000: how different two colours look (Sharma, Wu, Dalal 2005); 1 is just seen, 3 is a near match."""

import cv2
import numpy as np


def delta_e_2000(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Difference per pixel of two BGR pictures of one shape, 8 bit."""
    l1, a1, b1 = _lab(one)
    l2, a2, b2 = _lab(other)
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    step = (h2 - h1 + 180) % 360 - 180
    step = np.where(c1 * c2 == 0, 0, step)
    big_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(step / 2))
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    mean_h = np.where(c1 * c2 == 0, h1 + h2, (h1 + step / 2) % 360)
    t = (
        1
        - 0.17 * np.cos(np.radians(mean_h - 30))
        + 0.24 * np.cos(np.radians(2 * mean_h))
        + 0.32 * np.cos(np.radians(3 * mean_h + 6))
        - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    )
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    turn = 30 * np.exp(-(((mean_h - 275) / 25) ** 2))
    r = -2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)) * np.sin(np.radians(2 * turn))
    d_l, d_c, d_h = (l2 - l1) / s_l, (c2 - c1) / s_c, big_h / s_h
    return np.asarray(np.sqrt(np.maximum(d_l**2 + d_c**2 + d_h**2 + r * d_c * d_h, 0)))


def _lab(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_BGR2LAB).astype(np.float64)
    return lab[:, :, 0], lab[:, :, 1], lab[:, :, 2]

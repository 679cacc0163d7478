"""Amounts in few characters."""

from __future__ import annotations


def tokens(count: int) -> str:
    """`950`, `12.3k`, `1.2M`."""
    if count < 1_000:
        return str(count)
    if count < 1_000_000:
        return f"{count / 1_000:.1f}k"
    return f"{count / 1_000_000:.1f}M"


def money(nusd: int) -> str:
    """An amount of 10⁻⁹ US dollars."""
    return f"${nusd / 1e9:.4f}" if nusd < 10**9 else f"${nusd / 1e9:.2f}"


def size(count: int) -> str:
    """Characters or bytes: `950 B`, `12 KB`, `1.2 MB`."""
    if count < 1_000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1_000:.0f} KB" if count >= 10_000 else f"{count / 1_000:.1f} KB"
    return f"{count / 1_000_000:.1f} MB"


def elapsed(seconds: float) -> str:
    """`7s`, `3m 20s`, `1h 05m`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3_600:
        return f"{whole // 60}m {whole % 60:02d}s"
    return f"{whole // 3_600}h {whole % 3_600 // 60:02d}m"

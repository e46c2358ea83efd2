"""Learn the network that reads a page's rows of measures in their order, for `pipelines.article.model`.

Each page is a sequence; some are learned from at once, with zeros between them as beyond a page's ends. One
thread and a fixed seed: the same tables give the same weights on one machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

Floats = npt.NDArray[np.float32]

_UNITS = 64
_LAYERS = 4
_EPOCHS = 24
_PAGES = 8
"""Pages that are learned from at once."""
_MOST_BLOCKS = 2400
"""Blocks of a page that are learned from."""
_GAP = 2 ** (_LAYERS - 1)
"""Blocks of nothing between two pages: as far as the last layer reaches."""
_RATE = 3e-3
_DECAY = 0.05
_DROPPED = 0.3
"""Share of what a layer adds that is left out, each time another."""
_BLINDED = 0.2
"""Share of the measures that are left out, each time others: so that none is relied on alone."""
_USUAL = (0.005, 0.995)
_NEAR = 3.0
"""A measure counts as usual between these quantiles, and within so many deviations of its mean."""
_SAMPLED = 7
"""Every so manieth block tells what is usual."""


class _Net(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.enter = nn.Linear(features, _UNITS)
        self.mix = nn.ModuleList(
            nn.Conv1d(_UNITS, _UNITS, 3, padding=2**layer, dilation=2**layer) for layer in range(_LAYERS)
        )
        self.leave = nn.Linear(_UNITS, 1)
        self.drop = nn.Dropout(_DROPPED)

    def forward(self, rows: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        """(blocks, features) and whether each is one of a page -> log-odds, shape (blocks,)."""
        state = (torch.relu(self.enter(rows)) * there[:, None]).T[None]
        for layer in self.mix:
            state = (state + self.drop(torch.relu(layer(state)))) * there
        return self.leave(state[0].T)[:, 0]


def learn(
    tables: Sequence[Floats], labels: Sequence[npt.NDArray[np.bool_]], weights: Sequence[Floats], seed: int
) -> dict[str, Any]:
    """The arrays of a network from pages: (features, blocks), labels and weights of each page's blocks."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    some = np.concatenate([table[:, ::_SAMPLED] for table in tables], axis=1)
    low, high = (np.quantile(some, share, axis=1).astype(np.float32)[:, None] for share in _USUAL)
    some = np.clip(some, low, high)
    mean, spread = some.mean(axis=1, keepdims=True), some.std(axis=1, keepdims=True) + 1e-3
    low, high = np.maximum(low, mean - _NEAR * spread), np.minimum(high, mean + _NEAR * spread)
    pages = [
        (
            ((np.clip(table[:, :_MOST_BLOCKS], low, high) - mean) / spread).T.astype(np.float32),
            label[:_MOST_BLOCKS].astype(np.float32),
            weight[:_MOST_BLOCKS],
        )
        for table, label, weight in zip(tables, labels, weights, strict=True)
    ]
    net = _Net(len(low))
    batches = len(pages) // _PAGES
    optimizer = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, _RATE, total_steps=_EPOCHS * batches + 1, pct_start=0.15
    )
    for _ in range(_EPOCHS):
        order = random.permutation(len(pages))
        for at in range(batches):
            rows, label, weight, there = _batch([pages[n] for n in order[at * _PAGES : (at + 1) * _PAGES]])
            odds = net(rows * (torch.rand(rows.shape[1]) > _BLINDED), there)
            loss = nn.functional.binary_cross_entropy_with_logits(odds, label, reduction="none")
            optimizer.zero_grad()
            ((loss * weight).sum() / _PAGES).backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return _arrays(net, low, high, mean, spread)


def _batch(pages: Sequence[tuple[Floats, Floats, Floats]]) -> list[torch.Tensor]:
    """Rows, labels, weights of some pages with gaps between them, and whether each block is one."""
    gap = np.zeros(_GAP, np.float32)
    parts: tuple[list[Floats], ...] = ([], [], [], [])
    for rows, label, weight in pages:
        parts[0].extend((rows, np.zeros((_GAP, rows.shape[1]), np.float32)))
        parts[1].extend((label, gap))
        parts[2].extend((weight, gap))
        parts[3].extend((np.ones_like(label), gap))
    return [torch.from_numpy(np.concatenate(part)) for part in parts]


def _arrays(net: _Net, low: Floats, high: Floats, mean: Floats, spread: Floats) -> dict[str, Any]:
    """The weights as plain arrays; what brings measures to one scale is made part of the first layer."""
    state = {name: value.numpy() for name, value in net.state_dict().items()}
    enter = state["enter.weight"] / spread.T
    mix = [state[f"mix.{layer}.weight"] for layer in range(_LAYERS)]
    return {
        "network_low": low,
        "network_high": high,
        "network_enter": enter.astype(np.float32),
        "network_enter_bias": (state["enter.bias"][:, None] - enter @ mean).astype(np.float32),
        "network_mix": np.stack(
            [weight.transpose(0, 2, 1).reshape(_UNITS, 3 * _UNITS) for weight in mix]
        ).astype(np.float16),
        "network_mix_bias": np.stack([state[f"mix.{layer}.bias"][:, None] for layer in range(_LAYERS)]),
        "network_leave": state["leave.weight"][0],
        "network_leave_bias": state["leave.bias"][0],
    }

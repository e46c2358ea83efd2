"""The forest and the network evaluated in numpy, against what they mean in plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.article.model import Forest, Network, shipped


def test_a_tree_answers_with_the_leaf_that_its_questions_lead_to() -> None:
    forest = Forest(
        feature=np.array([0, 1]),
        threshold=np.array([[0.5], [2.0]], np.float32),
        asked=np.array([[0], [1]]),
        leaf=np.array([1, 2, 4, 8], np.float32),
        base=0.25,
    )
    table = np.array([[0, 1, 0, 1], [0, 0, 3, 3]], np.float32)
    assert forest.odds(table).tolist() == [1.25, 2.25, 4.25, 8.25]


def network(layers: int = 2) -> Network:
    random = np.random.default_rng(3)
    features, units = 5, 3
    return Network(
        low=np.full((features, 1), -1, np.float32),
        high=np.full((features, 1), 1, np.float32),
        enter=random.normal(size=(units, features)).astype(np.float32),
        enter_bias=random.normal(size=(units, 1)).astype(np.float32),
        mix=random.normal(size=(layers, units, 3 * units)).astype(np.float32),
        mix_bias=random.normal(size=(layers, units, 1)).astype(np.float32),
        leave=random.normal(size=units).astype(np.float32),
        leave_bias=0.5,
    )


def slowly(net: Network, table: np.ndarray) -> list[float]:
    """The same block by block: beyond the page's ends all is zero."""
    blocks = table.shape[1]
    state = [
        np.maximum(net.enter @ np.clip(table[:, n], -1, 1) + net.enter_bias[:, 0], 0) for n in range(blocks)
    ]
    nothing = np.zeros_like(state[0])
    for layer, (mix, bias) in enumerate(zip(net.mix, net.mix_bias, strict=True)):
        reach = 2**layer
        around = [
            np.concatenate([state[at] if 0 <= at < blocks else nothing for at in (n - reach, n, n + reach)])
            for n in range(blocks)
        ]
        state = [
            own + np.maximum(mix @ all_three + bias[:, 0], 0)
            for own, all_three in zip(state, around, strict=True)
        ]
    return [float(net.leave @ own + net.leave_bias) for own in state]


@pytest.mark.parametrize("blocks", [1, 2, 3, 4, 9, 40])
@pytest.mark.parametrize("layers", [1, 2, 4])
def test_the_network_reads_the_blocks_around(blocks: int, layers: int) -> None:
    net = network(layers)
    table = np.random.default_rng(blocks).normal(size=(5, blocks)).astype(np.float32) * 2
    assert net.odds(table) == pytest.approx(slowly(net, table), rel=1e-4, abs=1e-4)


def test_what_is_shipped_fits_together() -> None:
    learned = shipped()
    features = learned.network.enter.shape[1]
    assert learned.forest.feature.max() < features
    table = np.zeros((features, 7), np.float32)
    assert learned.forest.odds(table).shape == learned.network.odds(table).shape == (7,)

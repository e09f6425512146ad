"""Contraction hierarchies (package pyroutingkit): the same times, found sooner for many sites.

Building one takes as long as some hundred of scipy's searches. Then all pairs take hardly any time,
at every level of traffic, because the hierarchy is customizable: Dibbelt, Strasser and Wagner
(2016), Customizable Contraction Hierarchies, ACM Journal of Experimental Algorithmics 21,
doi:10.1145/2886843. docs/scale.md measures from which size on it is quicker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.errors import TravelError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix


class Hierarchy:
    """
    A hierarchy over a graph with fixed arcs and changing times.

    Parameters
    ----------
    graph
        The arcs, with any times (ms), shape (nodes, nodes).
    lon, lat
        Positions of the nodes (degrees), by which the graph is partitioned, shape (nodes,).

    Raises
    ------
    TravelError
        When the package is not installed.
    """

    def __init__(
        self, graph: csr_matrix, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> None:
        try:
            import pyroutingkit  # here: an optional extra
        except ImportError as exc:
            msg = (
                "contraction hierarchies need the package pyroutingkit; in the program's checkout: "
                "pip install '.[ch]'; or use the engine 'dijkstra'"
            )
            raise TravelError(msg) from exc
        arcs = graph.tocoo()
        self._unreachable = pyroutingkit.INF_WEIGHT
        self._topology = pyroutingkit.CCHTopology()
        self._topology.build(
            arcs.row.astype(np.uint32),
            arcs.col.astype(np.uint32),
            lat.astype(np.float32),
            lon.astype(np.float32),
            graph.shape[0],
        )
        self._metric = pyroutingkit.CCHMetric(self._topology)

    def customize(self, graph: csr_matrix) -> None:
        """Replace the times by those (whole ms) of a graph with the same arcs."""
        self._metric.customize(graph.tocoo().data.astype(np.uint32))

    def times(self, sources: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return times (ms) between nodes; inf when there is no way."""
        found = self._metric.distances_many_to_many(
            sources.astype(np.uint32), targets.astype(np.uint32)
        )
        ms: NDArray[np.float64] = np.where(found == self._unreachable, np.inf, found)
        return ms

"""Contraction hierarchies (package pyroutingkit): the same times, sooner where there are many.

Building one takes as long as some hundred searches of scipy's; then all pairs take hardly any
time, for every level of traffic, as the hierarchy is customizable: Dibbelt, Strasser and Wagner
(2016), Customizable Contraction Hierarchies, ACM Journal of Experimental Algorithmics 21,
doi:10.1145/2886843. docs/scale.md measures where it begins to pay.
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
    A hierarchy over a graph whose times may change, but not its arcs.

    Parameters
    ----------
    graph
        Any times (ms) of the arcs, shape (nodes, nodes).
    lon, lat
        Positions of the nodes (degrees), by which the graph is cut up, shape (nodes,).

    Raises
    ------
    TravelError
        When the package is not installed.
    """

    def __init__(
        self, graph: csr_matrix, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> None:
        try:
            import pyroutingkit  # here: an extra, that few need
        except ImportError as exc:
            msg = (
                "contraction hierarchies need the package pyroutingkit; install dispatch[ch], or "
                "use the engine 'dijkstra'"
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
        """Take the times (whole ms) of a graph of the same arcs."""
        self._metric.customize(graph.tocoo().data.astype(np.uint32))

    def times(self, sources: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return times (ms) between nodes, inf where there is no way."""
        found = self._metric.distances_many_to_many(
            sources.astype(np.uint32), targets.astype(np.uint32)
        )
        ms: NDArray[np.float64] = np.where(found == self._unreachable, np.inf, found)
        return ms

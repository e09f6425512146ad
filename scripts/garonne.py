"""The Garonne, its bridges, and what the motorway source leaves out: positions on the map.

Geography, not assumptions: the middle of the river follows the outlines of the
communes on its banks (data/communes.geojson) and, inside Bordeaux, which lies
on both, the middle of the bridges; every crossing of OpenStreetMap's main roads
with that line is one of the bridges below. Positions are (longitude, latitude)
in degrees, WGS84; nodes of scgraph-data are named by their rounded position.
"""

from __future__ import annotations

Position = tuple[float, float]

GARONNE: tuple[Position, ...] = (
    (-0.4900, 44.7500), (-0.5120, 44.7750), (-0.5195, 44.7890), (-0.5227, 44.7915),
    (-0.5252, 44.7985), (-0.5271, 44.8047), (-0.5285, 44.8085), (-0.5326, 44.8163),
    (-0.5376, 44.8228), (-0.5440, 44.8280), (-0.5495, 44.8310), (-0.5536, 44.8328),
    (-0.5585, 44.8358), (-0.5625, 44.8386), (-0.5652, 44.8425), (-0.5655, 44.8465),
    (-0.5625, 44.8510), (-0.5575, 44.8550), (-0.5517, 44.8583), (-0.5450, 44.8625),
    (-0.5412, 44.8688), (-0.5401, 44.8738), (-0.5370, 44.8797), (-0.5356, 44.8824),
    (-0.5353, 44.8892), (-0.5390, 44.9016), (-0.5479, 44.9167), (-0.5501, 44.9238),
    (-0.5507, 44.9322), (-0.5491, 44.9388), (-0.5451, 44.9455), (-0.5400, 44.9596),
    (-0.5396, 44.9716), (-0.5406, 44.9740), (-0.5426, 44.9844), (-0.5500, 44.9888),
    (-0.5573, 44.9945), (-0.5579, 44.9998), (-0.5695, 45.0065), (-0.5804, 45.0116),
    (-0.5919, 45.0201), (-0.5953, 45.0243), (-0.6025, 45.0345), (-0.6080, 45.0450),
)  # fmt: skip

# Bridges open to cars: left end, right end. The Pont de Pierre is closed to cars.
BRIDGES: dict[str, tuple[Position, Position]] = {
    "Pont François-Mitterrand": ((-0.5303, 44.8058), (-0.5243, 44.8097)),
    "Pont Simone-Veil": ((-0.5410, 44.8210), (-0.5345, 44.8240)),  # since July 2024
    "Pont Saint-Jean": ((-0.5556, 44.8307), (-0.5516, 44.8348)),
    "Pont Jacques-Chaban-Delmas": ((-0.5540, 44.8600), (-0.5500, 44.8570)),
    "Pont d'Aquitaine": ((-0.5392, 44.8803), (-0.5314, 44.8789)),
}

# Where the ring road of the source, straight between its nodes, strays most from the ground
# (or misses its bridge): the positions it passes on the way. The source's lengths stand.
VIA: dict[tuple[Position, Position], tuple[Position, ...]] = {
    ((-0.566, 44.778), (-0.522, 44.812)): (
        (-0.5425, 44.7830), (-0.5395, 44.7930), *BRIDGES["Pont François-Mitterrand"],
    ),
    ((-0.605, 44.790), (-0.652, 44.797)): ((-0.6350, 44.7880), (-0.6450, 44.7900)),
    ((-0.522, 44.812), (-0.502, 44.843)): ((-0.5125, 44.8240), (-0.5005, 44.8345)),
    ((-0.627, 44.880), (-0.562, 44.885)): ((-0.6170, 44.8900), (-0.6000, 44.8885)),
    ((-0.562, 44.885), (-0.494, 44.901)): (
        *BRIDGES["Pont d'Aquitaine"], (-0.5140, 44.8840),
    ),
    ((-0.544, 44.841), (-0.541, 44.821)): (
        *reversed(BRIDGES["Pont Saint-Jean"]), (-0.5475, 44.8266),
    ),
}  # fmt: skip
# Links that the source lacks: the ring road closes at Lormont, and the newest bridge.
ADDED: tuple[tuple[Position, Position], ...] = (
    ((-0.510, 44.880), (-0.5140, 44.8840)),
    BRIDGES["Pont Simone-Veil"],
)
# The second carriageway of two stretches above would be one more way over the same ground.
DROPPED: tuple[tuple[Position, Position], ...] = (((-0.522, 44.812), (-0.501, 44.843)),)

# The ring road (A630/N230) and the motorways that leave it, as corridors.
MOTORWAYS: tuple[tuple[Position, ...], ...] = (
    (
        (-0.522, 44.812), (-0.5303, 44.8058), (-0.5395, 44.7930), (-0.5425, 44.7830),
        (-0.566, 44.778), (-0.605, 44.790), (-0.635, 44.788), (-0.645, 44.790), (-0.656, 44.801),
        (-0.666, 44.807), (-0.672, 44.814), (-0.676, 44.832), (-0.662, 44.858), (-0.627, 44.880),
        (-0.617, 44.890), (-0.600, 44.8885), (-0.562, 44.885), (-0.5392, 44.8803),
        (-0.5314, 44.8789), (-0.514, 44.884), (-0.510, 44.880), (-0.505, 44.868),
        (-0.502, 44.843), (-0.5005, 44.8345), (-0.5125, 44.8240), (-0.522, 44.812),
    ),
    ((-0.514, 44.884), (-0.494, 44.901), (-0.485, 44.912)),  # A10
)  # fmt: skip

# SPDX-License-Identifier: Apache-2.0
"""What the subjects of the bench have in common: the spread of what was measured, and axes to draw it on."""

import statistics

from matplotlib import style
from matplotlib.figure import Figure

# Okabe and Ito's, which colour-blind people tell apart.
COLOURS = ('#0072b2', '#d55e00', '#009e73', '#cc79a7')
INK, PALE = '#222222', '#dddddd'

STYLE = {
    'font.sans-serif': ['DejaVu Sans'], 'font.size': 9, 'text.color': INK,
    'axes.spines.top': False, 'axes.spines.right': False,
    'axes.grid': True, 'axes.axisbelow': True, 'grid.color': PALE,
    'svg.fonttype': 'none',  # text stays text
    'svg.hashsalt': 'bench',  # the same figures give the same bytes
}


class Skipped(Exception):
    """A subject cannot be measured here; the words say why."""


def spread(values, digits=3):
    """What was measured several times: how often, minimum, median, maximum."""
    values = list(values)
    return {'count': len(values), **{name: round(of(values), digits) for name, of in (
        ('minimum', min), ('median', statistics.median), ('maximum', max))}}


def draw(plot, path, columns=1, size=None):
    """Write a picture; plot(axes...) fills its columns; size: inches, else those that the columns take."""
    with style.context(['default', STYLE]):  # whatever style the machine has
        figure = Figure(figsize=size or (4.4 * columns, 3.4), layout='constrained')
        plot(*figure.subplots(1, columns, squeeze=False)[0])
        figure.savefig(path, metadata={'Date': None})


def band(axes, positions, spreads, **look):
    """A line through medians, and the range around it from minimum to maximum."""
    line, = axes.plot(positions, [each['median'] for each in spreads], marker='o', markersize=4, **look)
    axes.fill_between(positions, [each['minimum'] for each in spreads], [each['maximum'] for each in spreads],
                      color=line.get_color(), alpha=.2, linewidth=0)

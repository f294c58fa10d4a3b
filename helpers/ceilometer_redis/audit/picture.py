# SPDX-License-Identifier: Apache-2.0
"""A picture of the polling: resources by cycles, coloured by the agent that polled, gaps and doubles marked.

matplotlib draws it, which nothing else here needs. Of Ubuntu 14.04's (1.3) and later, only what all have is used.
"""

import os

from ceilometer_redis.audit.samples import UNKNOWN
from ceilometer_redis.audit.words import iso
from ceilometer_redis.errors import BadInput, printable, quoted

FORMATS = ('png', 'svg')

#: Inches: of a picture without its rows, of a row that has a name, and at most.
BORDER = 1.8
ROW = 0.16
WIDTH = 14
HEIGHT = 40

#: Intervals that are drawn, the shortest: more find no place.
INTERVALS = 12

#: More resources than this are drawn without their names.
NAMED = 150
NAME = 60

#: What is not polled, and colours of agents that also those can tell who see few.
GAP = '#ffffff'
COLOURS = ('#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#f0e442', '#999999')


def prepare(path):
    """Make sure that a picture can be drawn.

    Raises:
        BadInput: The file has another ending or cannot be written there, or there is no matplotlib.
    """
    if path.rpartition('.')[2].lower() not in FORMATS:
        raise BadInput('--plot', 'be a file whose name ends in .png or .svg', advice='that says which it will be')
    if not os.access(os.path.dirname(path) or '.', os.W_OK):
        raise BadInput('--plot', 'be in a directory where you may write', quoted(path))
    try:
        import matplotlib
    except ImportError:
        raise BadInput('--plot', 'have matplotlib', advice="'apt-get install python3-matplotlib' (of Python 2: "
                       "python-matplotlib), or look at --json elsewhere")
    matplotlib.use('Agg')


def draw(found, path):
    """Draw the polling into a file.

    Args:
        found: The Cycles of each interval.
        path: The file; prepare() has accepted it.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = [one for one in found if one.starts and one.known][:INTERVALS]
    heights = [max(1.0, ROW * len(one.known)) for one in drawn]
    scale = min(1.0, HEIGHT / sum(heights))
    figure = Figure(figsize=(WIDTH, sum(heights) * scale + BORDER * len(drawn)))
    FigureCanvasAgg(figure)
    hosts = sorted(set(kind.host for one in drawn for kind in one.polls.kinds))
    for number, one in enumerate(drawn, 1):
        _draw(figure.add_subplot(len(drawn), 1, number), one, hosts)
    figure.savefig(path, bbox_inches='tight')


def matrix(one, hosts):
    """Return rows of resources by cycles.

    Returns:
        The (meter, resource) of each row; for each row the number of the host in each cycle, from 1 on, 0 of none; the
        (cycle, row) that were missed, and those that were polled more than once.
    """
    keys = sorted(one.known)
    place = dict((key, row) for row, key in enumerate(keys))
    number = dict((host, number) for number, host in enumerate(hosts, 1))
    cells = [[0] * len(one.starts) for _ in keys]
    doubled = set()
    for cycle, rows in enumerate(one.rows):
        for row in rows:
            kind = one.polls.kinds[one.polls.which[row]]
            at = place[kind[:2]]
            if cells[at][cycle]:
                doubled.add((cycle, at))
            cells[at][cycle] = number[kind.host]
    missed = [(cycle, row) for row, cycles in enumerate(cells) for cycle, host in enumerate(cycles) if not host]
    return keys, cells, missed, sorted(doubled)


def _draw(axes, one, hosts):
    from matplotlib.colors import ListedColormap
    from matplotlib.lines import Line2D

    keys, cells, missed, doubled = matrix(one, hosts)
    if hosts == [UNKNOWN]:
        # Nobody says who polled: the colour is how often.
        hosts = ['once', 'more than once']
        for cycle, row in doubled:
            cells[row][cycle] = 2
    colours = [COLOURS[number % len(COLOURS)] for number in range(len(hosts))]
    axes.imshow(cells, cmap=ListedColormap([GAP] + colours), vmin=0, vmax=len(hosts), aspect='auto',
                interpolation='nearest')
    signs = [Line2D([], [], linestyle='none', marker='s', color=colour, label=_label(host))
             for colour, host in zip(colours, hosts)]
    for label, marker, colour, places in (('missed', 'x', '#d00000', missed), ('doubled', 'D', '#000000', doubled)):
        if places:
            sign, = axes.plot([cycle for cycle, _ in places], [row for _, row in places], linestyle='none',
                              marker=marker, markersize=4, color=colour, label='%s (%d)' % (label, len(places)))
            signs.append(sign)
    axes.legend(handles=signs, loc='upper left', bbox_to_anchor=(1.0, 1.0), numpoints=1, fontsize='small')
    axes.set_xlim(-0.5, len(one.starts) - 0.5)
    axes.set_ylim(len(keys) - 0.5, -0.5)
    ticks = sorted(set(int(tick * (len(one.starts) - 1) / 6) for tick in range(7)))
    axes.set_xticks(ticks)
    axes.set_xticklabels([iso(one.starts[tick]) for tick in ticks], fontsize='x-small')
    if len(keys) <= NAMED:
        axes.set_yticks(range(len(keys)))
        axes.set_yticklabels([_label('%s %s' % key) for key in keys], fontsize='xx-small')
    axes.set_title('%d resources of %d meters, %d cycles of %g s'
                   % (len(set(resource for _, resource in keys)), len(one.meters), len(one.starts), one.interval))


def _label(name):
    # matplotlib takes what is between two dollars for mathematics.
    return printable(name, NAME).replace('$', r'\$')

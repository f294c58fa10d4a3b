# SPDX-License-Identifier: Apache-2.0
"""A scenario as a picture (SVG): who polled which image in each cycle; above it the masters, the writes, the notes."""

import math

from matplotlib import style
from matplotlib.figure import Figure

# Okabe and Ito's, which colour-blind people tell apart and on which dark words are read; one per controller.
COLOURS = ('#56b4e9', '#e69f00', '#009e73', '#cc79a7', '#f0e442')
FAULT, REPAIR, INK, PALE, NOBODY = '#c8102e', '#1a7f37', '#222222', '#dddddd', '#ffffff'

# In points: what is around the axes, a second, a row, and the width that the legend of five controllers takes.
LEFT, RIGHT, BOTTOM, SECOND, ROW, LEGEND = 125, 20, 52, 5, 12, 640

# Seconds of the shortest bar that words fit on, right of a note for its words, from one tick of the time to the next.
WORDS, ROOM, TICK = 6, 40, 30

STYLE = {
    'font.sans-serif': ['DejaVu Sans'], 'font.size': 8, 'text.color': INK,
    'text.parse_math': False,
    'svg.fonttype': 'none',  # text stays text
    'svg.hashsalt': 'faults',  # the same row gives the same bytes
}


def draw(row, path):
    """Write the picture of a row of the report."""
    with style.context(['default', STYLE]):  # whatever style the machine has
        figure(row).savefig(path, metadata={'Title': row['name'], 'Description': '\n'.join(told(row)), 'Date': None})


def told(row):
    """Return what the picture shows in words, line by line in the order of time."""
    lines = [(mark['at'], f'{mark["at"]:.1f}: {mark["what"]}') for mark in row['marks']]
    lines += [(start, f'{start:.1f} to {end:.1f}: no writes') for start, end in row['gaps']]
    lines += [(start, f'{start:.1f} to {end:.1f}: {name} is master') for start, end, name in row['masters']]
    lines += [(cycle['start'], f'{cycle["start"]:.1f} to {cycle["end"]:.1f}: {cycle["missed"]} images not polled, '
                               f'{cycle["doubled"]} polled twice')
              for cycle in row['cycles'] if cycle['missed'] or cycle['doubled']]
    return [line for _, line in sorted(lines, key=lambda line: line[0])]


def figure(row):
    """Return the picture, on axes of seconds since the first note and of rows from the top."""
    colours = dict(zip(row['controllers'], COLOURS, strict=False))
    store = len(row['marks']) + len(colours)
    heads = store + 1
    images = max((len(cycle['polls']) for cycle in row['cycles']), default=0)
    end = heads + images + .6
    axes = canvas(max((row['until'] - row['since']) * SECOND, LEGEND), end + .6)
    axes.set(xlim=(row['since'], row['until']), ylim=(end, -.6), xticks=ticks(row),
             xlabel='seconds since the first note; a column is a cycle of 10 s; ×2: polled twice')
    axes.set_yticks(range(len(row['marks']), heads + images + 1), [
        *(f'redis on {name}' for name in colours), 'store takes writes', 'cycle: polled twice / not',
        *(f'image {number + 1}' for number in range(images))])
    masters(axes, row, len(row['marks']), colours)
    writes(axes, row, store)
    cycles(axes, row, heads, colours)
    marks(axes, row, end)
    axes.legend(loc='upper left', bbox_to_anchor=(0, -28 / ROW / (end + .6)), ncols=len(COLOURS) + 1, frameon=False,
                handlelength=1, borderpad=0)
    return axes.figure


def canvas(width, rows):
    """Return axes of this width, in points, and of so many rows."""
    height = rows * ROW
    whole = LEFT + width + RIGHT, BOTTOM + height
    axes = Figure([points / 72 for points in whole]).add_axes(
        (LEFT / whole[0], BOTTOM / whole[1], width / whole[0], height / whole[1]), frame_on=False)
    axes.tick_params(left=False)
    return axes


def ticks(row):
    """Return the seconds that the axis names."""
    return range(math.ceil(row['since'] / TICK) * TICK, int(row['until']) + 1, TICK)


def masters(axes, row, top, colours):
    """Draw a lane per controller: pale while it is on, in its colour while its redis is a master that takes writes."""
    lane = {name: top + number for number, name in enumerate(colours)}
    bars(axes, [(start, end, lane[name]) for start, end, name in row['alive']], PALE)
    for master, colour in colours.items():
        bars(axes, [(start, end, lane[name]) for start, end, name in row['masters'] if name == master], colour)
    for start, end, name in row['masters']:
        words(axes, start, end, lane[name], 'master')


def writes(axes, row, lane):
    """Draw the lane of the store: green while it takes writes, red while it does not."""
    bars(axes, [(row['since'], row['until'], lane)], REPAIR, height=5)
    bars(axes, [(start, end, lane) for start, end in row['gaps']], FAULT)
    for start, end in row['gaps']:
        words(axes, start, end, lane, f'{end - start:.1f} s', color='white')


def cycles(axes, row, heads, colours):
    """Draw a column per cycle, a row per image: in the colour of who polled it, red around what was not polled once."""
    spans = {name: [] for name in (None, *colours)}
    wrong = []
    for cycle in row['cycles']:
        start, end = cycle['start'], cycle['end']
        bad = cycle['missed'] or cycle['doubled']
        axes.text((start + end) / 2, heads, f'{cycle["doubled"]} / {cycle["missed"]}' if bad else '✓',
                  color=FAULT if bad else REPAIR, ha='center', va='center')
        for lane, by in enumerate(cycle['polls'], heads + 1):
            by = by or [None]
            part = (end - start - .4) / len(by)
            for number, name in enumerate(by):
                spans[name].append((start + .2 + part * number, start + .2 + part * (number + 1), lane))
            if by == [None] or len(by) > 1:
                wrong.append((start, end, lane))
            if len(by) > 1:
                axes.text((start + end) / 2, lane, f'×{len(by)}', ha='center', va='center', weight='bold')
    bars(axes, wrong, FAULT, height=ROW)
    for name, colour in colours.items():
        bars(axes, spans[name], colour, label=f'polled by {name}')
    bars(axes, spans[None], NOBODY)
    axes.plot([(start + end) / 2 for start, end, _ in spans[None]], [lane for _, _, lane in spans[None]], 'x',
              color=FAULT, label='polled by nobody')


def marks(axes, row, bottom):
    """Draw a line through everything where something was broken or made whole, its words above, where there is room."""
    for number, mark in enumerate(row['marks']):
        sign, colour = ('✗', FAULT) if mark['kind'] == 'fault' else ('✓', REPAIR)
        axes.plot([mark['at']] * 2, [number - .5, bottom], color=colour, linestyle='--', clip_on=False)
        late = row['until'] - mark['at'] < ROOM
        axes.text(mark['at'] + (-.8 if late else .8), number, f'{sign} {mark["what"]}', color=colour, va='center',
                  ha='right' if late else 'left', weight='bold', bbox={'facecolor': 'white', 'linewidth': 0, 'pad': 1})


def bars(axes, spans, colour, height=ROW - 2, label=None):
    """Draw (start, end, row) as bars: one line with breaks, a fifth of what bars of their own take in the file."""
    points = [point for start, end, row in spans for point in ((start, row), (end, row), (math.nan, math.nan))]
    axes.plot([at for at, _ in points], [row for _, row in points], color=colour, linewidth=height,
              solid_capstyle='butt', label=label)


def words(axes, start, end, row, text, **look):
    """Write words on a bar that is long enough."""
    if end - start > WORDS:
        axes.text(start + .6, row, text, va='center', **look)

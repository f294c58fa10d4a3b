"""A scenario as a picture (SVG): who polled which image in each cycle; above it the masters, the writes, the notes."""

import html
import math

# Okabe and Ito's, which colour-blind people tell apart; one per controller.
COLOURS = ('#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9')
FAULT, REPAIR, INK, PALE = '#c8102e', '#1a7f37', '#333', '#eee'

LEFT, SECOND, CELL, LANE, NOTE = 150, 7, 13, 16, 17

# Pixels that the legend of five controllers takes.
LEGEND = 1080

# Seconds from one mark of the time to the next.
TICK = 30


def picture(row):
    """The SVG of a row of the report."""
    notes = NOTE * len(row['marks'])
    lanes = notes + 10 + LANE * (len(row['controllers']) + 1)
    height = lanes + 24 + CELL * images(row) + 56
    width = max(LEFT + (row['until'] - row['since']) * SECOND + 20, LEGEND)
    colours = dict(zip(row['controllers'], COLOURS, strict=False))

    def x(at):
        return LEFT + (at - row['since']) * SECOND
    parts = [*strips(row, x, notes + 4, colours), *grid(row, x, lanes + 10, colours), *ticks(row, x, height - 34),
             *marks(row, x, height - 44), *legend(height - 8, colours)]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}"'
            f' height="{height}" font-family="sans-serif" font-size="11" fill="{INK}">{"".join(parts)}</svg>')


def images(row):
    return max((len(cycle['polls']) for cycle in row['cycles']), default=0)


def strips(row, x, top, colours):
    """A lane per controller: pale while it is on, in its colour while its redis is a master that takes writes."""
    for number, name in enumerate(row['controllers']):
        y = top + number * LANE
        yield text(LEFT - 8, y + 11, f'redis on {name}', 'end')
        for start, end, _ in (span for span in row['alive'] if span[2] == name):
            yield box(x(start), y + 2, x(end) - x(start), LANE - 5, PALE)
        for start, end, _ in (span for span in row['masters'] if span[2] == name):
            yield box(x(start), y + 2, x(end) - x(start), LANE - 5, colours[name])
            if x(end) - x(start) > 45:
                yield text(x(start) + 4, y + 11, 'master', fill='#fff')
    y = top + len(row['controllers']) * LANE
    yield text(LEFT - 8, y + 11, 'store takes writes', 'end')
    yield box(x(row['since']), y + 5, x(row['until']) - x(row['since']), 5, REPAIR)
    for start, end in row['gaps']:
        yield box(x(start), y + 2, max(2, x(end) - x(start)), LANE - 5, FAULT)
        if x(end) - x(start) > 60:
            yield text(x(start) + 3, y + 11, f'no, {end - start:.1f} s', fill='#fff')


def grid(row, x, top, colours):
    """A column per cycle, a row per image: in the colour of who polled it, crossed out when nobody did."""
    yield text(LEFT - 8, top + 8, 'cycle: polled twice / not', 'end')
    for number in range(images(row)):
        yield text(LEFT - 8, top + 14 + number * CELL + 10, f'image {number + 1}', 'end')
    for cycle in row['cycles']:
        left, width = x(cycle['start']) + 1, x(cycle['end']) - x(cycle['start']) - 2
        bad = cycle['missed'] or cycle['doubled']
        yield text(left + width / 2, top + 8, f'{cycle["doubled"]} / {cycle["missed"]}' if bad else '✓', 'middle',
                   FAULT if bad else REPAIR)
        for number, by in enumerate(cycle['polls']):
            yield from cell(left, top + 14 + number * CELL, width, by, colours)


def cell(left, top, width, by, colours):
    """One image in one cycle."""
    if not by:
        yield box(left, top + 1, width, CELL - 2, '#fff', FAULT)
        yield (f'<path d="M{left:.1f} {top + 1}l{width:.1f} {CELL - 2}m0 {2 - CELL}l{-width:.1f} {CELL - 2}"'
               f' stroke="{FAULT}"/>')
    for number, name in enumerate(by):
        part = width / len(by)
        yield box(left + number * part, top + 1, part, CELL - 2, colours.get(name, INK))
    if len(by) > 1:
        yield text(left + width / 2, top + 10, f'×{len(by)}', 'middle', '#fff')
        yield box(left, top + 1, width, CELL - 2, 'none', FAULT)


def marks(row, x, bottom):
    """A line through everything where something was broken or made whole, its words above."""
    for number, mark in enumerate(row['marks']):
        at, y = x(mark['at']), number * NOTE + 12
        colour = FAULT if mark['kind'] == 'fault' else REPAIR
        words = f'{"✗" if mark["kind"] == "fault" else "✓"} {mark["what"]}'
        yield f'<path d="M{at:.1f} {y - 9}V{bottom}" stroke="{colour}" stroke-width="2" stroke-dasharray="5 3"/>'
        yield text(at + 5, y, words, fill=colour, weight='bold')


def ticks(row, x, y):
    """Seconds since the first note."""
    first = math.ceil(row['since'] / TICK)
    for at in range(first * TICK, int(row['until']), TICK):
        yield f'<path d="M{x(at):.1f} {y - 10}v-5" stroke="{INK}"/>'
        yield text(x(at), y, f'{at} s', 'middle')


def legend(y, colours):
    """Whose colour is whose, and what time it is."""
    left = LEFT
    for name, colour in colours.items():
        yield box(left, y - 9, 10, 10, colour)
        yield text(left + 14, y, f'polled by {name}')
        left += 110
    yield box(left, y - 9, 10, 10, '#fff', FAULT)
    yield text(left + 14, y, 'polled by nobody')
    yield text(left + 120, y, '×2: polled twice. A column is a cycle of 10 s.')


def box(left, top, width, height, fill, stroke='none'):
    return (f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height}" fill="{fill}"'
            f' stroke="{stroke}"/>')


def text(left, top, words, anchor='start', fill=INK, weight='normal'):
    return (f'<text x="{left:.1f}" y="{top:.1f}" text-anchor="{anchor}" fill="{fill}" font-weight="{weight}">'
            f'{html.escape(words)}</text>')

"""The report's comparison: the scenarios that were played on several configurations, side by side."""

import html
import itertools

import timeline

ORDER = ('ours', 'original', 'kolla')


def compared(rows):
    """The rows of each such scenario, [[row...]...]."""
    rows = sorted((row for row in rows if 'configuration' in row),
                  key=lambda row: (row['scenario'], ORDER.index(row['configuration'])))
    scenarios = [list(group) for _, group in itertools.groupby(rows, lambda row: row['scenario'])]
    return [group for group in scenarios if len({row['configuration'] for row in group}) > 1]


def section(rows):
    """The table and the pictures; nothing when there is nothing to compare."""
    scenarios = compared(rows)
    if not scenarios:
        return ''
    return HEAD + ''.join(map(lines, scenarios)) + '</tbody></table>\n' + ''.join(map(pictures, scenarios))


def lines(scenario):
    """The lines of the table for one scenario, one per configuration."""
    first = f'<td rowspan="{len(scenario)}"><a href="#{anchor(scenario)}">{sentence(scenario)}</a></td>'
    return ''.join(f'<tr>{first if number == 0 else ""}{cells(row)}</tr>\n' for number, row in enumerate(scenario))


def cells(row):
    figures = [f'{row["gap"]:.1f}', seconds(row['writable']), seconds(recovered(row)), f'{row["overlap"]:.1f}',
               str(row['missed']), str(row['doubled'])]
    return (f'<td>{row["configuration"]}</td>' + ''.join(f'<td class="n">{figure}</td>' for figure in figures)
            + f'<td class="broken">{html.escape("; ".join(broken(row)))}</td>')


def pictures(scenario):
    """The timelines of one scenario, one below the other, and what was seen of each invariant that was broken."""
    parts = [f'<h3>{row["configuration"]}</h3>{timeline.picture(row)}<ul>{details(row)}</ul>' for row in scenario]
    return f'<section id="{anchor(scenario)}"><h2>{sentence(scenario)}</h2>{"".join(parts)}</section>\n'


def details(row):
    return ''.join(f'<li class="failed">{html.escape(verdict["name"])}: {html.escape("; ".join(verdict["wrong"]))}</li>'
                   for verdict in row['verdicts'] if verdict['wrong'])


def broken(row):
    """The invariants that did not hold, or not in time."""
    return [verdict['name'] for verdict in row['verdicts'] if verdict['wrong']]


def recovered(row):
    """Seconds from the last note to the first cycle from which on each image was polled exactly once."""
    return None if row['right'] is None else (row['writable'] or 0) + row['right']


def seconds(value):
    return 'not seen' if value is None else f'{value:.1f}'


def sentence(scenario):
    return html.escape(' '.join(scenario[0]['sentence'].split()))


def anchor(scenario):
    return f'comparison-{scenario[0]["scenario"]}'


HEAD = '''<h1 id="comparison">Comparison</h1>
<p>The same faults by the same functions on the same hosts. <em>original</em>: version 1.0 of the plugin (down-after
30 s, timeout 10 s, no password, files made anew by each deployment); <em>kolla</em>: kolla-ansible (down-after 5 s,
socket timeout 60 s, files copied over at each start). Allowed is what ours is allowed. Of the peers it is not asked
whether anything is left to deploy and where the password can be read. They are watched for 120 s after the last
note.</p>
<table><thead><tr><th>scenario<th>configuration<th>without a writable<br>master, s<th>writable,<br>s after the last note
<th>exactly once from,<br>s after the last note<th>two masters<br>took writes, s<th>samples<br>missed
<th>samples<br>doubled<th>broken</thead><tbody>
'''

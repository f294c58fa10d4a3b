# SPDX-License-Identifier: Apache-2.0
"""The timelines of the guide: which scenarios of a report are drawn, and what the guide says of each."""

import pytest
from test_faults_timeline import ROW

import timelines

KILLED = timelines.SHOWN[0]
ROWS = [{**ROW, 'name': name, 'failure': ''} for name in timelines.SHOWN]


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    monkeypatch.setattr(timelines, 'PICTURES', tmp_path)
    return tmp_path


def test_the_guide_has_a_picture_and_what_it_shows_in_the_order_of_time(pictures):
    timelines.draw(ROWS, pictures)
    said = timelines.text(KILLED).splitlines()
    assert said[0] == f'.. figure:: pictures/{KILLED}.svg'
    assert said[-6:] == ['- -10.0 to 2.0: node-2 is master', '- 0.0: killed & $gone$',
                         '- 0.0 to 10.0: 1 images not polled, 1 polled twice', '- 2.0 to 8.0: no writes',
                         '- 8.0: back', '- 8.0 to 30.0: node-1 is master']


def test_the_guide_is_silent_where_nothing_was_drawn(pictures):
    assert timelines.text(KILLED) == ''


@pytest.mark.parametrize('rows', [ROWS[1:], [{**ROWS[0], 'failure': 'assert'}, *ROWS[1:]]],
                         ids=['not played', 'failed'])
def test_a_report_without_one_of_the_scenarios_as_promised_draws_nothing(pictures, rows):
    with pytest.raises(LookupError) as refused:
        timelines.draw(rows, pictures)
    assert str(refused.value) == f'not played, or failed: {KILLED}'
    assert list(pictures.iterdir()) == []


def test_the_scenarios_that_are_shown_are_played():
    played = ''.join(path.read_text() for path in timelines.PICTURES.parents[1].glob('tests/faults/test_*.py'))
    assert [name for name in timelines.SHOWN if f'def {name}(' not in played] == []

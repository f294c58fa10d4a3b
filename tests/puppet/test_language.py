# SPDX-License-Identifier: Apache-2.0
"""The checks of the language of manifests and templates.

Each manifest was tried on the parsers of Puppet 3.4.3 and 3.8.7 themselves.
"""
import subprocess
import sys
from pathlib import Path

import pytest

from language.manifest import faults

HERE = Path(__file__).parent

ACCEPTED = {
    'nothing': '',
    'comments of both kinds': '# one\n/* two\n lines */ include foo',
    'a resource with a body for each of two titles': "file { '/a': ensure => file; '/b': ensure => absent; }",
    'a resource with an array of titles': "file { ['/a', '/b',]: ensure => file, }",
    'a resource with no title at all': 'file { []: ensure => file }',
    'a resource with a chosen title': "file { $x ? { a => '/a', default => '/b' }: }",
    'a resource with an index of an index for its title': "file { $a['b']['c']: }",
    'a resource with a bare word for its title': 'package { redis-server: ensure => present }',
    'a class as a resource': "class { 'foo': bar => undef }",
    'attributes named by keywords': "foo { 'a': if => 1, unless => 2, in => 3, default => 4, true => 5 }",
    'attributes after a comma': "foo { 'a': , b => 1, }",
    'a virtual and an exported resource': "@file { '/a': } @@file { '/b': }",
    'defaults': "File { owner => 'root', mode => '0644', }",
    'an override that adds': "File['/a', '/b'] { mode => '0600', require +> Package['c'], }",
    'a reference without a capital': "foo { 'a': require => package['b'] }",
    'collectors': "File <| |> Foo::Bar <| title == 'a' and (tag != b or $c == 'd') |> File <<| |>>",
    'a collector by a comparison of comparisons': "File <| title == 'a' == 'b' > 'c' + 1 and mode != 'd' |>",
    'a collector that overrides': "File <| title == '/a' |> { mode => '0600' }",
    'chains of all edges': "File['a'] -> file { 'b': } ~> Package<| |> <- Class['c'] <~ $d -> 'File[e]' -> $f['g'][1]",
    'a chain over a case and a selector': "case $x { a: { } } -> $y ? { default => File['z'] }",
    'assignments': "$a = 1 $b = $a $c = { 'd' => [1, -2], e => {}, } $f = [] $Capital = 'x'",
    'an addition': "$a += ['b']",
    'an assignment to a key': "$a['b'] = 'c'",
    'if, elsif and else': 'if $a { } elsif !$b { include c } else { }',
    'unless': 'unless $a { include b }',
    'conditions': "if ($a == 1 and !($b != 'c')) or $d in ['e'] or $f =~ /^g/ or $h !~ /i\\/j/ or $k >= 2 { }",
    'a negated index of an index': "if !$a['b']['c'] { }",
    'arithmetic': '$a = -1 + 2 * (3 - $b) / 4 % 5 << 6 >> 7',
    'a chain of matches': '$a = $b =~ /c/ =~ /d/',
    'a case': "case $a { 'b', /c/, undef, true: { } $d['e'], f($g): { } Foo, default: { } }",
    'a selector': "$a = $b ? { 'c' => 1, /d/ => [2], undef => foo($e), default => $f['g']['h'], }",
    'a selector without braces': '$a = $b ? c => d',
    'a selector in a selector': "$a = $b ? { c => $d ? { e => 1, default => 2 }, default => 3 }",
    'a selector of a call, and of one index': "$a = foo($b) ? { c => 1 } $d = $e['f'] ? { c => 1 }",
    'an array with commas of hashes': '$a = [1 => 2]',
    'statements with and without parentheses': "include foo, bar notice 'a'",
    'a statement with a comma at its end': "notice('a', 'b',)",
    'a statement without arguments': 'tag()',
    'calls as arguments': "$a = unique(flatten([$b, keys({ 'c' => 1 }), pick($d['e']['f'], '')]))",
    'import': "import 'a.pp', \"b.pp\"",
    'classes': "class a { class b inherits a::c { } define d { } } class e ($f, $g = 'h',) inherits default { }",
    'a class without parameters in its parentheses': 'class a () { }',
    'a define with a name in a namespace': 'define a::b ($c, $d = [1, 2]) { }',
    'names with hyphens': 'class a-b { } define c::d-e { }',
    'nodes': "node 'a.example.com', b, /c\\d/, default inherits base { } node default { }",
    'numbers': '$a = [1, 1.5, 01, 0x1F, 1e3, 1.5e-3]',
    'numbers as keys and titles': "$a = { 1 => 2, 1.5 => 3 } foo { 1: }",
    'a word of digits, letters and hyphens': '$a = 1-2 + 3x',
    'variables of other namespaces': '$a = $::b + $c::d + $::e::f',
    'two colons before a name': "include ::foo ::foo::bar { 'a': } ::Foo['a'] { b => c }",
    'strings in strings': '$a = "b ${c} $d $::e::f \\$g ${h["i${j}k"][\'l\']} ${m[1]} $n[o] $"',
    'expressions in strings': '$a = "${$b} ${(foo($c))} ${1 + $d} ${ e } ${!f} ${if}"',
    'a string over lines': "$a = 'b\n  c\\'d' $e = \"f\n\"",
    'a division, and an expression after braces': '$a = $b / 2 / 3 file { a: } if $c =~ /d/ { }',
    'a regular expression after a comment': 'if $a =~ # b\n /c/ { }',
    'a regular expression with a slash in it': 'if $a =~ /b\\/c/ { }',
}

# what it is: a manifest, where it is refused
REFUSED = {
    'a selector of an index of an index': ("$a = $b['c']['d'] ? { default => 1 }", '1:19'),
    'a selector of an expression': ('$a = ($b) ? { default => 1 }', '1:11'),
    'a selector of an array': ('$a = [1] ? { default => 1 }', '1:10'),
    'a selector of a reference': ("$a = Foo['b'] ? { default => 1 }", '1:15'),
    'a selector without a value': ('$a = $b ? { }', '1:13'),
    'a hash as the value of a selector': ('$a = $b ? { c => {} }', '1:18'),
    'an expression as the value of a selector': ('$a = $b ? { c => 1 + 2 }', '1:20'),
    'a negative number as the value of a selector': ('$a = $b ? { c => -1 }', '1:18'),
    'a negation as the value of a selector': ('$a = $b ? { c => !$d }', '1:18'),
    'an index of an index among the cases of a selector': ("$a = $b ? { $c['d']['e'] => 1 }", '1:20'),
    'an index of an index among the cases of a case': ("case $a { $b['c']['d']: { } }", '1:18'),
    'a negative number among the cases of a case': ('case $a { -1: { } }', '1:11'),
    'an array among the cases of a case': ('case $a { [1]: { } }', '1:11'),
    'a case without cases': ('case $a { }', '1:11'),
    'an index of a call': ("$a = foo($b)['c']", '1:13'),
    'an index of an array': ('$a = [1][0]', '1:9'),
    'an index of a string': ("$a = 'b'[0]", '1:9'),
    'an index of parentheses': ("$a = ($b)['c']", '1:10'),
    'an index with two parts': ('$a = $b[0, 1]', '1:10'),
    'a method': ('$a.each', '1:3'),
    'a method of a call': ('$a = foo($b).bar', '1:13'),
    'a method with a lambda': ('$a.each |$b| { }', '1:3'),
    'a lambda': ('each($a) |$b| { }', '1:10'),
    'if as a value': ('$a = if $b { 1 }', '1:6'),
    'case as a value': ('$a = case $b { c: { 1 } }', '1:6'),
    'unless as a value': ('$a = unless $b { 1 }', '1:6'),
    'a block with a value': ('if $a { 1 }', '1:11'),
    'else of unless': ('unless $a { } else { }', '1:15'),
    'elsif of unless': ('unless $a { } elsif $b { }', '1:15'),
    'else if': ('if $a { } else if $b { }', '1:16'),
    'a typed parameter': ('class a (String $b) { }', '1:10'),
    'a typed parameter with brackets': ('define a (Optional[String] $b = undef) { }', '1:11'),
    'a parameter for all other arguments': ('define a (*$b) { }', '1:11'),
    'a type alias': ('type A = String', '1:8'),
    'a function': ('function foo($a) { }', '1:18'),
    'attributes from a hash': ("file { 'a': * => $b }", '1:13'),
    'attributes for several bodies by default': ("file { default: mode => '0644'; 'a': }", '1:15'),
    'a resource without a title': ("file { ensure => file }", '1:15'),
    'a call as a title': ("file { foo($a): }", '1:15'),
    'a reference as a title': ("file { Foo['a']: }", '1:11'),
    'a parenthesis as a title': ("file { ('a'): }", '1:8'),
    'a resource of a named type': ("Resource['file'] { 'a': }", '1:20'),
    'a string as an attribute': ("file { 'a': 'mode' => '0644' }", '1:13'),
    'a capital as an attribute': ("file { 'a': Mode => '0644' }", '1:13'),
    'two colons in the names of attributes': ("file { 'a': ensure => file mode => '0644' }", '1:28'),
    'an attribute that is added to, of a resource': ("file { 'a': require +> Foo['b'] }", '1:21'),
    'virtual defaults': ("@File { mode => '0644' }", '1:2'),
    'a virtual resource in a chain': ("File['a'] -> @file { 'b': }", '1:14'),
    'a chain to a call': ("File['a'] -> foo($b)", '1:21'),
    'a chain to an array': ("File['a'] -> [File['b']]", '1:14'),
    'a chain to a condition': ("File['a'] -> if $b { }", '1:14'),
    'a chain to an assignment': ("File['a'] -> $b = 1", '1:17'),
    'a chain of an addition': ("File['a'] +> File['b']", '1:11'),
    'a chain as a value': ("$a = File['b'] -> File['c']", '1:16'),
    'a reference alone': ("File['a']", '1:10'),
    'a reference with a comma at its end': ("$a = File['b',]", '1:15'),
    'a reference of nothing': ('$a = File[]', '1:11'),
    'a call with a comma at its end': ('$a = foo($b,)', '1:13'),
    'a statement with no argument before its comma': ('notice(,)', '1:8'),
    'a statement that is an expression': ('notice $a + 1', '1:11'),
    'a statement with a hash without parentheses': ('notice { a => 1 }', '1:12'),
    'a variable as a key': ('$a = { $b => 1 }', '1:8'),
    'a boolean as a key': ('$a = { true => 1 }', '1:8'),
    'a keyword as a key': ('$a = { default => 1 }', '1:8'),
    'undef as a key': ('$a = { undef => 1 }', '1:8'),
    'a number below zero as a key': ('$a = { -1 => 1 }', '1:8'),
    'a call as a key': ('$a = { foo($b) => 1 }', '1:11'),
    'commas alone in a hash': ('$a = {,}', '1:7'),
    'commas alone in an array': ('$a = [,]', '1:7'),
    'commas alone among parameters': ('class a (,) { }', '1:10'),
    'a keyword as a value': ('$a = default', '1:13'),
    'another keyword as a value': ('$a = class', '1:6'),
    'an unless as a name': ("file { unless: }", '1:8'),
    'several variables at once': ('[$a, $b] = [1, 2]', '1:1'),
    'an assignment within an assignment': ('$a = $b = 1', '1:9'),
    'an assignment to an index of an index': ("$a['b']['c'] = 1", '1:14'),
    'a removal': ("$a -= ['b']", '1:4'),
    'a variable without a name': ('$a = $-b', '1:6'),
    'a number without digits before its point': ('$a = .5', '1:6'),
    'a number without digits after its point': ('$a = 1.', '1:7'),
    'a word that begins with an underscore': ('$a = _b', '1:6'),
    'a name of a class with a capital': ('class Foo { }', '1:7'),
    'a name of a class in a string': ("class 'foo' { }", '1:7'),
    'a reference with small letters after its colons': ("$a = Foo::bar['c']", '1:9'),
    'a name of a node with dots and no quotes': ('node a.example.com { }', '1:7'),
    'a name of a node with a space': ("node 'a b' { }", '1:6'),
    'names of nodes with a comma at their end': ('node a, { }', '1:9'),
    'a class in a condition': ('if $a { class b { } }', '1:15'),
    'a class in a define': ('define a { class b { } }', '1:18'),
    'a define in a define': ('define a { define b { } }', '1:12'),
    'a node in a case': ('case $a { b: { node c { } } }', '1:16'),
    'a regular expression as a value': ('$a = /b/', '1:6'),
    'a regular expression as an argument': ('$a = foo($b, /c/)', '1:17'),
    'a match of what is no regular expression': ("if $a =~ 'b' { }", '1:10'),
    'a match of a variable': ('if $a =~ $b { }', '1:10'),
    'a match of a type': ('if $a =~ String { }', '1:10'),
    'a regular expression in an array': ("if $a in [/b/] { }", '1:11'),
    'a heredoc': ('$a = @(END)\nb\nEND', '1:6'),
    'an EPP tag': ('<% $a %>', '1:1'),
    'a splat': ('$a = [*$b]', '1:7'),
    'a pipe': ('$a = $b | $c', '1:9'),
    'two signs of a shell': ('$a = $b && $c', '1:9'),
    'a statement of nothing': (';', '1:1'),
    'a call at the beginning of an interpolation': ('$a = "${foo($b)}"', '1:12'),
    'a method in an interpolation': ('$a = "${b.c}"', '1:10'),
    'a brace in an interpolation': ('$a = "${b ? { c => d }}"', '1:22'),
    'an empty interpolation': ('$a = "${}"', '1:9'),
    'an empty string before a dollar': ('$a = ""$b = 1', '1:10'),
    'an empty string before a quote': ("$a = ''''", '1:9'),
    'a string that nothing closes': ("$a = 'b", '1:6'),
    'an interpolation that nothing closes': ('$a = "${b', '1:10'),
    'a collector by no equality': ("File <| title =~ /a/ |>", '1:15'),
    'a collector of empty parentheses': ('File <| () |>', '1:10'),
    'an override in a condition of a collector': ("File <| title == 'a' | title == 'b' |>", '1:22'),
    'a search in a collector by two criteria': ("File <| title == 'a', mode == 'b' |>", '1:21'),
    # What the parsers take, and evaluation refuses or takes for something else.
    'an assignment in another namespace': ('$a::b = 1', '1:1'),
    'an assignment at the top': ('$::a = 1', '1:1'),
    'an assignment to the variable of a match': ("$1 = 'a'", '1:1'),
    'a sum of arrays': ('$a = [1] + [2]', '1:10'),
    'a sum of a variable and an array': ('$a = $b + [2]', '1:9'),
    'a sum of hashes': ('$a = $b + { c => 1 }', '1:9'),
    'an array with one more': ("$a = $b << ['c']", '1:9'),
    'an array in an array': ("if ['a'] in $b { }", '1:10'),
    'facts in a hash': ("$a = $facts['os']", '1:6'),
    'facts in a hash, in a string': ('$a = "${facts[os]}"', '1:9'),
    'a function of Puppet 4': ('$a = dig($b, c)', '1:6'),
    'a function of the future parser': ('each($a)', '1:1'),
    'a function of a later stdlib': ("$a = to_json_pretty($b)", '1:6'),
    'a value that nobody takes': ('flatten($a)', '1:1'),
    'a value that a statement does not have': ("$a = include('b')", '1:6'),
    'a parameter in the default of another': ('class a ($b, $c = "${b}") { }', '1:22'),
    'a variable in the default of another': ('define a ($b, $c = [$b]) { }', '1:21'),
    'a pattern of a later Ruby': ('if $a =~ /b\\Kc/ { }', '1:10'),
    'another one, among cases': ('case $a { /b/: { } /(?~c)/: { } }', '1:20'),
    'a collection of classes': ("Class <| title == 'a' |>", '1:1'),
    'a letter that is not ASCII': ("# Zurich, or\n# Z\u00fcrich", '2:4'),
}


def found(manifest):
    return [(f'{fault.line}:{fault.column}', fault.what) for fault in faults(manifest.encode())]


@pytest.mark.parametrize('manifest', ACCEPTED.values(), ids=ACCEPTED)
def test_puppet_3_accepts(manifest):
    # The functions of the rows are nobody's.
    assert [what for _, what in found(manifest) if 'has such a function' not in what] == []


@pytest.mark.parametrize('manifest, place', REFUSED.values(), ids=REFUSED)
def test_puppet_3_refuses(manifest, place):
    assert [where for where, what in found(manifest)] == [place]


# what it is: a template, the line where it is refused
TEMPLATES = {
    'a safe navigation': ('<%= @a&.join %>', 1),
    'a symbol in quotes as a key': ("\n<%= { 'a': 1 } %>", 2),
    'a required argument with a name': ('<% def a(b:) end %>', 1),
    'all other arguments with names': ('<% def a(**b) end %>', 1),
    'an array of symbols': ('<%= %i[a b] %>', 1),
    'a heredoc without indentation': ('<% a = <<~B\nB\n%>', 1),
    'a rescue in a block': ('<% @a.sort do; rescue; end %>', 1),
    'a method without an end': ('<% def a = 1 %>', 1),
    'a range without an end': ('<%= @a[1..] %>', 1),
    'a pattern': ('<% case @a\nin 1 then 2\nend %>', 2),
    'a block that nothing ends': ('<% if @a %>', 1),
    'a method of a later Ruby': ("<%= @a['b'].join %>\n<%= @c.sum %>", 2),
    'a later method in a block': ('<% @a.sort do |b| %>\n<%= b.dig %>\n<% end %>', 2),
    'a letter that is not ASCII': ('# Zurich, or\n# Z\u00fcrich', 2),
}


def test_ruby_1_9_refuses(tmp_path):
    for name, (template, _) in TEMPLATES.items():
        (tmp_path / f'{name}.erb').write_text(template, encoding='utf-8')
    done = subprocess.run([HERE / 'language/templates.rb', tmp_path], capture_output=True, text=True)
    found = sorted(line.removeprefix(f'{tmp_path}/').split(': ')[0] for line in done.stdout.splitlines())
    assert found == sorted(f'{name}.erb:{line}' for name, (_, line) in TEMPLATES.items())
    assert (done.returncode, done.stderr) == (1, '')


def test_ruby_1_9_accepts(tmp_path):
    template = "<%- a = @b['c'] -%>\n<% if a %>\n<%= { d: \"#{@e}\" }[:d] %>\n<% end %>\n<%= @f.sort.join(', ') %>\n"
    (tmp_path / 'a.erb').write_text(template)
    subprocess.run([HERE / 'language/templates.rb', tmp_path], check=True)


@pytest.mark.parametrize('check', [[sys.executable, '-m', 'language'], [HERE / 'language/templates.rb']])
def test_a_check_of_nothing_fails(check, tmp_path):
    done = subprocess.run([*check, tmp_path], cwd=HERE, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, '')
    assert 'is below it' in done.stderr


def test_names_the_file_line_and_column(tmp_path):
    (tmp_path / 'a/b').mkdir(parents=True)
    (tmp_path / 'a/b/c.pp').write_text('include d\n  $a = flatten(dig($b))\n  each($a)\n')
    done = subprocess.run([sys.executable, '-m', 'language', tmp_path], cwd=HERE, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, '')
    assert done.stdout.splitlines() == [
        f'{tmp_path}/a/b/c.pp:2:16: dig: neither Puppet 3.4.3 nor stdlib 4.6.0 has such a function',
        f'{tmp_path}/a/b/c.pp:3:3: each: neither Puppet 3.4.3 nor stdlib 4.6.0 has such a function',
    ]

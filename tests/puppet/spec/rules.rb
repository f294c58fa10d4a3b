# SPDX-License-Identifier: Apache-2.0

# What holds in every catalogue of the plugin.

DAEMONS = /\[redis-(server|sentinel)\]$/.freeze
DAEMONS_FILES = %r{^File\[/(etc/ceilometer-redis|etc/ceilometer-redis/.*\.conf|var/lib/ceilometer-redis)\]$}.freeze
OPENINGS = /^Firewall(chain\[INPUT|\[12\d redis.* from )/.freeze
AGENTS = /^Exec\[ceilometer-redis apply agents\]$/.freeze

# Puppet 3 applies resources in the order of a hash of their titles: only what a catalogue says puts one before another.
# By a sentence: each resource that the first pattern finds comes before each that the second finds, if there are such.
ORDER = {
  'what the helper reads YAML with is there before the helper is called' =>
    [/^Package\[python3?-yaml\]$/, /^Exec\[ceilometer-redis deployment\]$/],
  'bad settings stop the task before it changes anything' =>
    [/^Exec\[ceilometer-redis deployment\]$/, /^File\[/],
  "the helper's client of the store is there before it calls the store" =>
    [/^Package\[python3?-redis\]$/, /^Exec\[ceilometer-redis (apply|join)/],
  'what version 1.0 runs has ended before its packages change' =>
    [/^Exec\[(ceilometer-redis apply predecessor|redis-sentinel of version 1.0)\]$/, DAEMONS],
  'a service is stopped once its package is there' => [/^Package#{DAEMONS.source}/, /^Service#{DAEMONS.source}/],
  "the daemons' user, whom a package makes, is there before the files, and nothing else runs then" =>
    [DAEMONS, DAEMONS_FILES],
  'the daemons are configured before anybody is let in' => [DAEMONS_FILES, OPENINGS],
  'all peers are let in before the daemons start' =>
    [OPENINGS, /^Exec\[ceilometer-redis apply (resources|password|redis|sentinel|peers)\]$/],
  'an existing service is proven before agents are told of it' =>
    [/^Exec\[ceilometer-redis join\]$/,
     %r{^(\w+_config\[|Service\[|Exec\[options of version 1.0|File\[/etc/(ceilometer|aodh|systemd)/)}],
  'ceilometer.conf is closed before a password is in it' =>
    [%r{^File\[/etc/ceilometer/ceilometer.conf\]$}, %r{^Ceilometer_config\[coordination/backend_url\]$}],
  'aodh.conf is closed before a password is in it' =>
    [%r{^File\[/etc/aodh/aodh.conf\]$}, %r{^Aodh_config\[coordination/backend_url\]$}],
  "an agent's client of the store is there before the agent is told of it" => [/^Package\[python/, /^\w+_config\[/],
  'systemd reads its files anew once they are there' => [%r{^File\[/etc/systemd/}, /^Exec\[systemctl daemon-reload\]$/],
  'agents are restarted once everything of theirs is there' =>
    [%r{^(\w+_config\[|File\[/etc/(systemd|ceilometer|aodh)/|Exec\[systemctl |Service\[ceilometer)}, AGENTS],
  'what is set is noted once it is set' =>
    [%r{^Ceilometer_config\[(?!alarm/)}, %r{^File\[/etc/ceilometer-redis/options.yaml\]$}],
  'a former store ends once nobody uses it' => [AGENTS, /^Exec\[ceilometer-redis apply former-store\]$/]
}.freeze

# By the reference of a resource, the references of all that wait for it.
def waiting(catalogue)
  graph = catalogue.to_ral.relationship_graph
  graph.vertices.to_h { |one| [one.ref, graph.dependents(one).map(&:ref)] }
end

shared_examples 'a catalogue of the plugin' do
  it 'names the provider of each service: Puppet 3.8 does not take systemd by itself on Ubuntu' do
    provider = facts['operatingsystemrelease'] == '14.04' ? 'upstart' : 'systemd'
    services = catalogue.resources.select { |one| one.type == 'Service' }
    expect(services.to_h { |one| [one.title, one[:provider]] }).to eq(services.to_h { |one| [one.title, provider] })
  end

  it 'says what has to come before what' do
    waiting = waiting(catalogue)
    unordered = ORDER.flat_map do |rule, (first, after)|
      waiting.keys.grep(first).product(waiting.keys.grep(after)).reject { |one, other| waiting[one].include?(other) }
             .map { |one, other| "#{rule}: #{one}, #{other}" }
    end
    expect(unordered).to eq []
  end
end

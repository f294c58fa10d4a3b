# What holds in every catalogue of the plugin. Puppet 3 applies resources in the order of a hash of their titles, so nothing
# but what a catalogue says itself puts one before another.
#
# Each rule is a sentence, what comes first and what comes after it: each resource whose name matches the one before each
# whose name matches the other, as far as both are there.
ORDER = {
  'reads the settings before it changes anything' =>
    [/^Exec\[ceilometer-redis deployment\]$/, /^File\[/],
  'has what the helper reads and writes YAML with before it' =>
    [/^Package\[python3?-yaml\]$/, /^Exec\[ceilometer-redis deployment\]$/],
  'has the client of the store before the helper looks for it' =>
    [/^Package\[python3?-redis\]$/, /^Exec\[ceilometer-redis (apply|join)/],
  'ends what version 1.0 runs before the packages change it' =>
    [/^Exec\[(ceilometer-redis apply predecessor|redis-sentinel of version 1.0)\]$/,
     /^(Package|Service)\[redis-(server|sentinel)\]$/],
  'stops services once their packages are there, and before anything of the daemons' =>
    [/^Package\[redis-(server|sentinel)\]$/, /^Service\[redis-(server|sentinel)\]$/],
  'has the user of the daemons, which a package makes, and their stopped services before their files' =>
    [/^(Package|Service)\[redis-(server|sentinel)\]$/, %r{^File\[/(etc|var/lib)/ceilometer-redis}],
  'has the files of the daemons before the firewall lets anybody in' =>
    [%r{^File\[/(etc|var/lib)/ceilometer-redis(/redis)?(/\w+\.conf)?\]$}, /^Firewall(chain)?\[.*(redis.* from |INPUT)/],
  'has the firewall open before daemons start' =>
    [/^Firewall(chain)?\[(12\d redis.* from |INPUT)/, /^Exec\[ceilometer-redis apply (resources|password|redis|sentinel|peers)\]$/],
  'proves an existing service before agents are told to use it' =>
    [/^Exec\[ceilometer-redis join\]$/, %r{^(\w+_config|Service|Exec\[options of version 1.0.*)\[|^File\[/etc/(ceilometer|aodh|systemd)/}],
  'closes ceilometer.conf before a password is in it' =>
    [%r{^File\[/etc/ceilometer/ceilometer.conf\]$}, %r{^Ceilometer_config\[coordination/backend_url\]$}],
  'closes aodh.conf before a password is in it' =>
    [%r{^File\[/etc/aodh/aodh.conf\]$}, %r{^Aodh_config\[coordination/backend_url\]$}],
  "has the agents' client before they are told to use it" =>
    [/^Package\[python/, /^\w+_config\[/],
  'has configured everything before it restarts agents' =>
    [%r{^\w+_config\[|^File\[/etc/systemd/|^Exec\[systemctl daemon-reload\]$|^Service\[ceilometer}, /^Exec\[ceilometer-redis apply agents\]$/],
  'lets systemd read its files before agents are restarted' =>
    [%r{^File\[/etc/systemd/}, /^Exec\[systemctl daemon-reload\]$/],
  'notes what it set once that is done' =>
    [%r{^Ceilometer_config\[(?!alarm/)}, %r{^File\[/etc/ceilometer-redis/options.yaml\]$}],
  'takes a former store away once nobody uses it' =>
    [/^Exec\[ceilometer-redis apply agents\]$/, /^Exec\[ceilometer-redis apply former-store\]$/]
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

  it 'leaves no order to Puppet that matters' do
    waiting = waiting(catalogue)
    unordered = ORDER.flat_map do |rule, (first, after)|
      waiting.keys.grep(first).product(waiting.keys.grep(after)).reject { |one, other| waiting[one].include?(other) }
             .map { |one, other| "#{rule}: #{one}, #{other}" }
    end
    expect(unordered).to eq []
  end
end

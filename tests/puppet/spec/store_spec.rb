# SPDX-License-Identifier: Apache-2.0

# bind: this controller's address.
def redis_conf(bind, min_slaves_to_write)
  <<~CONF
    # Made once by the Fuel plugin ceilometer-redis. From then on redis itself keeps this file (CONFIG REWRITE) and
    # `ceilometer-redis apply redis` brings changed settings to the running daemon.
    # Every name here is known to redis 2.8 to 8. There is no slaveof: who is master is asked of the running system when
    # redis starts.
    daemonize yes
    pidfile /run/ceilometer-redis/redis-server.pid
    logfile /var/log/redis/redis-server.log
    loglevel notice
    dir /var/lib/ceilometer-redis

    # This controller's address first: it is the source of links to the master up to redis 6.0.
    bind #{bind} 127.0.0.1
    port 6379
    requirepass S3cretS3cret
    masterauth S3cretS3cret

    # An agent whose group is gone after a restart of the store polls nothing for ever, so nothing may get lost.
    appendonly yes
    maxmemory-policy noeviction
    stop-writes-on-bgsave-error no
    # No snapshots beside it: a server whose disk has no room for a last one does not end when it is told to.
    save ""

    # A master that is cut off from all replicas (0: it has none) refuses writes, so that no agent goes on with it.
    min-slaves-to-write #{min_slaves_to_write}
    min-slaves-max-lag 10

    # A master that a script keeps busy says nothing: the sentinels replace it as one that hangs. Told, they would end the
    # script and have two masters for a while.
    lua-time-limit 0

    # Seconds after which a dead link is given up and made anew: well before an agent's membership ends.
    tcp-keepalive 60
    repl-timeout 20
  CONF
end

def sentinel_conf(bind)
  <<~CONF
    # Made once by the Fuel plugin ceilometer-redis. From then on sentinel itself keeps this file.
    # There is no `sentinel monitor`: when this controller joins, only the running system knows which one the master is.
    # `ceilometer-redis apply sentinel` asks it and tells the running daemon, which writes the line here.
    daemonize yes
    pidfile /run/ceilometer-redis/redis-sentinel.pid
    logfile /var/log/redis/redis-sentinel.log
    loglevel notice
    dir /var/lib/ceilometer-redis

    bind #{bind} 127.0.0.1
    port 26379
  CONF
end

one_controller = deployment('9.2') { |astute| keep_controllers(astute, '1') }
# Of the releases' tooz, none reads several IPv6 addresses.
ipv6 = deployment('9.2') do |astute|
  keep_controllers(astute, '1')
  to_ipv6(astute)
end

clients = deployment('9.2') { |astute| astute['ceilometer-redis']['coordinate_compute'] = true }

both = %w[redis-server redis-sentinel]
three = %w[192.168.0.5 192.168.0.4 192.168.0.3]
three_of_11 = %w[192.168.0.53 192.168.0.54 192.168.0.55]
five = %w[192.168.0.6 192.168.0.5 192.168.0.4 192.168.0.3 192.168.0.2]

# node => facts, deployment, packages, services that must not run, addresses, min-slaves-to-write
#
# Debian 13 is the lab's to judge: Debian 12's puppetlabs-firewall refuses its words in a catalogue.
{
  'fuel-7.0' => [TRUSTY, deployment('7.0'), %w[redis-server python-redis], %w[redis-server], three, 1],
  'fuel-9.2' => [TRUSTY, deployment('9.2'), %w[redis-server python-redis], %w[redis-server], three, 1],
  'fuel-11.0' => [XENIAL, deployment('11.0'), [*both, 'python-redis'], both, three_of_11, 1],
  'bookworm' => [BOOKWORM, deployment('9.2'), [*both, 'python3-redis'], both, three, 1],
  'one' => [TRUSTY, one_controller, %w[redis-server python-redis], %w[redis-server], three.first(1), 0],
  'five' => [TRUSTY, deployment('9.2-five-controllers'), %w[redis-server python-redis], %w[redis-server], five, 1],
  'compute-nodes' => [TRUSTY, clients, %w[redis-server python-redis], %w[redis-server], [*three, '192.168.0.2'], 1],
  'ipv6' => [XENIAL, ipv6, [*both, 'python-redis'], both, %w[fd00::1], 0],
}.each do |name, (facts, deployment, packages, services, addresses, min_slaves_to_write)|
  describe "store-#{name}.example.com", type: :host do
    include_context 'deployed', 'store', deployment
    let(:facts) { facts }

    let(:of_version1) { ['121 redis_port', '122 redis_sentinel_port'] }

    def titles(type)
      catalogue.resources.select { |one| one.type == type }.map(&:title)
    end

    it { is_expected.to compile.with_all_deps }

    it 'installs the packages of this operating system' do
      expect(titles('Package')).to match_array packages
    end

    it "stops and disables the distribution's services as soon as they are installed" do
      expect(titles('Service')).to match_array services
      services.each do |service|
        is_expected.to contain_service(service).with(ensure: 'stopped', enable: false)
                                               .that_requires("Package[#{service}]")
                                               .that_comes_before('Exec[ceilometer-redis apply resources]')
      end
    end

    it "rotates sentinel's log where no package of sentinel's does" do
      rule = '/etc/logrotate.d/ceilometer-redis'
      next is_expected.not_to contain_file(rule) if packages.include?('redis-sentinel')

      is_expected.to contain_file(rule).with(mode: '0644', source: 'puppet:///modules/ceilometer_redis/logrotate.conf')
    end

    it 'sends the logs of redis and sentinel where rsyslog sends the others' do
      is_expected.to contain_file('/etc/rsyslog.d/00-ceilometer-redis.conf')
        .with(mode: '0644', source: 'puppet:///modules/ceilometer_redis/rsyslog.conf')
        .that_requires('File[/etc/rsyslog.d]').that_notifies('Exec[service rsyslog restart]')
      is_expected.to contain_exec('service rsyslog restart').with(onlyif: 'test -x /usr/sbin/rsyslogd', refreshonly: true)
    end

    it 'refuses a client that cannot serve before it changes anything but that' do
      is_expected.to contain_exec('ceilometer-redis join').with(unless: 'ceilometer-redis join', logoutput: true)
                                                          .that_requires("Package[#{packages.last}]")
      first = ['Exec[ceilometer-redis apply predecessor]', 'Exec[redis-sentinel of version 1.0]',
               *of_version1.map { |rule| "Firewall[#{rule}]" }]
      daemons = packages[0..-2].map { |package| "Package[#{package}]" } + services.map { |service| "Service[#{service}]" }
      [*first, *daemons].each { |one| is_expected.to contain_exec('ceilometer-redis join').that_comes_before(one) }
    end

    it 'ends what version 1.0 runs before its services are stopped, and closes what it opened' do
      is_expected.to contain_exec('ceilometer-redis apply predecessor')
        .with_unless('ceilometer-redis apply predecessor --check')
        .that_requires("Package[#{packages.last}]")
        .that_comes_before('Exec[redis-sentinel of version 1.0]')
      is_expected.to contain_exec('redis-sentinel of version 1.0')
        .with(onlyif: 'test -e /etc/init/redis-sentinel.conf', creates: '/etc/init/redis-sentinel.override')
      services.each do |service|
        is_expected.to contain_exec('redis-sentinel of version 1.0').that_comes_before("Service[#{service}]")
      end
      of_version1.each { |rule| is_expected.to contain_firewall(rule).only_with_ensure('absent') }
    end

    it 'makes redis.conf' do
      %w[/etc/ceilometer-redis/redis.conf /etc/ceilometer-redis/redis/redis.conf].each do |path|
        expect(content_of(path)).to eq redis_conf(addresses.first, min_slaves_to_write)
      end
    end

    it 'makes sentinel.conf' do
      %w[/etc/ceilometer-redis/sentinel.conf /etc/ceilometer-redis/redis/sentinel.conf].each do |path|
        expect(content_of(path)).to eq sentinel_conf(addresses.first)
      end
    end

    %w[redis sentinel].each do |daemon|
      it "makes #{daemon}.conf once, closed to others, never shown" do
        is_expected.to contain_file("/etc/ceilometer-redis/redis/#{daemon}.conf")
          .with(ensure: 'file', owner: 'redis', group: 'redis', mode: '0640', replace: false, show_diff: false)
          .that_comes_before('Exec[ceilometer-redis apply resources]')
      end
    end

    %w[redis sentinel].each do |daemon|
      it "keeps what it would make of #{daemon}.conf up to date, for root alone, never shown" do
        is_expected.to contain_file("/etc/ceilometer-redis/#{daemon}.conf")
          .with(ensure: 'file', owner: 'root', group: 'root', mode: '0600', show_diff: false)
          .without_replace
          .that_comes_before('Exec[ceilometer-redis apply resources]')
      end
    end

    it 'gives the daemons directories of their own' do
      %w[/etc/ceilometer-redis/redis /var/lib/ceilometer-redis].each do |path|
        is_expected.to contain_file(path).with(ensure: 'directory', owner: 'redis', group: 'redis', mode: '0750')
      end
      is_expected.to contain_file('/etc/ceilometer-redis').with(ensure: 'directory', owner: 'root', mode: '0755')
    end

    it 'opens both ports to the controllers and the compute nodes that coordinate, and to nobody else' do
      expect(titles('Firewall') - of_version1).to match_array(
        addresses.flat_map { |address| ["121 redis from #{address}", "122 redis-sentinel from #{address}"] }
      )
      addresses.each do |address|
        { "121 redis from #{address}" => '6379', "122 redis-sentinel from #{address}" => '26379' }.each do |rule, port|
          is_expected.to contain_firewall(rule)
            .with(source: address, dport: port, proto: 'tcp', action: 'accept',
                  provider: address.include?(':') ? 'ip6tables' : 'iptables')
            .that_comes_before('Exec[ceilometer-redis apply resources]')
        end
      end
    end

    it 'purges its own rules alone, those for controllers that have gone' do
      family = addresses.first.include?(':') ? 'IPv6' : 'IPv4'
      is_expected.to contain_firewallchain("INPUT:filter:#{family}").with(purge: true)
      ignore = Regexp.new(catalogue.resource('Firewallchain', "INPUT:filter:#{family}")[:ignore])
      {
        '-A INPUT -s 10.0.0.9/32 -p tcp -m tcp --dport 6379 -m comment --comment "121 redis from 10.0.0.9" -j ACCEPT' => nil,
        '-A INPUT -s fd00::9/128 -p tcp -m comment --comment "122 redis-sentinel from fd00::9" -j ACCEPT' => nil,
        '-A INPUT -p tcp -m multiport --dports 6379 -m comment --comment "121 redis_port" -j ACCEPT' => 0,
        '-A INPUT -p tcp -m multiport --dports 8777 -m comment --comment "121 ceilometer" -j ACCEPT' => 0,
        '-A INPUT -i lo -j ACCEPT' => 0
      }.each { |rule, ignored| expect(ignore =~ rule).to eq(ignored), rule }
    end

    it 'makes the clones, brings password, redis and sentinel to the deployment file, then lets sentinel forget' do
      %w[resources password redis sentinel peers].each do |what|
        is_expected.to contain_exec("ceilometer-redis apply #{what}")
          .with(unless: "ceilometer-redis apply #{what} --check", logoutput: true, timeout: 900)
      end
      is_expected.to contain_exec('ceilometer-redis apply resources')
        .that_comes_before('Exec[ceilometer-redis apply password]')
      is_expected.to contain_exec('ceilometer-redis apply password')
        .that_comes_before('Exec[ceilometer-redis apply redis]')
      is_expected.to contain_exec('ceilometer-redis apply redis')
        .that_comes_before('Exec[ceilometer-redis apply sentinel]')
      is_expected.to contain_exec('ceilometer-redis apply sentinel')
        .that_comes_before('Exec[ceilometer-redis apply peers]')
    end
  end
end

# url => packages by facts
{
  'zookeeper' => [XENIAL, 'zookeeper://10.0.0.9:2181', %w[python-redis python-kazoo]],
  'memcached' => [BOOKWORM, 'memcached://10.0.0.9', %w[python3-redis python3-pymemcache]],
  'redis' => [TRIXIE, 'redis://:S3cretS3cret@10.0.0.9', %w[python3-redis]],
}.each do |name, (facts, url, packages)|
  describe "store-existing-#{name}.example.com", type: :host do
    include_context 'deployed', 'store', deployment('9.2') { |astute| use_service(astute, url) }
    let(:facts) { facts }

    it { is_expected.to compile.with_all_deps }

    it "installs the agents' client of the service, and no store" do
      found = catalogue.resources.group_by(&:type).transform_values { |all| all.map(&:title) }
      expect(found['Package']).to match_array packages
      expect(found.keys & %w[Service File]).to eq []
      expect(found['Exec']).to match_array ['ceilometer-redis join', 'ceilometer-redis apply predecessor',
                                            'redis-sentinel of version 1.0']
      packages.each { |package| is_expected.to contain_package(package).that_comes_before('Exec[ceilometer-redis join]') }
      is_expected.to contain_exec('ceilometer-redis join').that_comes_before('Exec[ceilometer-redis apply predecessor]')
      expect(found['Firewall']).to match_array ['121 redis_port', '122 redis_sentinel_port']
    end
  end
end

describe 'store-missing.example.com', type: :host do
  include_context 'deployed', 'store', nil
  let(:facts) { TRUSTY }

  it 'names the task that has to run first' do
    is_expected.to compile.and_raise_error(/deployment.yaml is not there: the task ceilometer-redis-deployment/)
  end
end

# Version 1.0 ran its sentinel as a job of upstart, which xenial does not have.
describe 'store-version1.example.com', type: :host do
  include_context 'deployed', 'store', deployment('9.2')
  let(:facts) { TRUSTY }

  # Play the exec in a directory that has these files of /etc/init; what is in them then, and what upstart was told.
  def played(files)
    exec = catalogue.resource('Exec', 'redis-sentinel of version 1.0')
    Dir.mktmpdir do |root|
      files.each { |name, text| File.write("#{root}/#{name}", text) }
      File.write("#{root}/stop", "#!/bin/sh\necho \"stop $*\" >>#{root}/told\n", perm: 0o755)
      onlyif, command, creates = %i[onlyif command creates].map { |name| exec[name].gsub('/etc/init', root) }
      path = { 'PATH' => [root, *exec[:path]].join(':') }
      system(path, onlyif) && !File.exist?(creates) && system(path, command)
      Dir.children(root).reject { |name| name == 'stop' }.to_h { |name| [name, File.read("#{root}/#{name}")] }
    end
  end

  let(:job) { { 'redis-sentinel.conf' => "start on runlevel [2345]\nrespawn\n" } }
  let(:off) { job.merge('redis-sentinel.override' => "manual\n") }

  it 'stops its job, which upstart starts no more, and leaves it there' do
    expect(played(job)).to eq off.merge('told' => "stop redis-sentinel\n")
  end

  it 'does so once' do
    expect(played(off)).to eq off
  end

  it 'does nothing where there is no such job' do
    expect(played({})).to eq({})
  end
end

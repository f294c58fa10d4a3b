# SPDX-License-Identifier: Apache-2.0

without_alarms = deployment('9.2') { |astute| astute['ceilometer-redis']['coordinate_alarms'] = false }

VERSION1 = <<~CONF.freeze
  [DEFAULT]
  heartbeat = 2.0
  [coordination]
  backend_url = redis://192.168.0.5:26379?sentinel=ceilometer_redis_master&timeout=10
  heartbeat=1.0
  check_watchers = 10
  [polling]
  heartbeat = 3.0
CONF
VERSION1_CLEANED = VERSION1.lines.reject { |line| line =~ /heartbeat=1.0|check_watchers/ }.join.freeze
# Set beside our own URL.
OPERATORS = VERSION1.sub('redis://', 'redis://:S3cretS3cret@').freeze

# What an exec that edits a file makes of a text in it.
def cleaned(exec, file, text)
  Dir.mktmpdir do |directory|
    path = "#{directory}/conf"
    File.write(path, text)
    onlyif, command = [exec[:onlyif], exec[:command]].map { |one| one.gsub(file, path) }
    system(onlyif) && system(command)
    File.read(path)
  end
end

central = 'ceilometer-agent-central'
alarm = 'ceilometer-alarm-evaluator'
aodh = 'aodh-evaluator'

# node => facts, deployment, settings besides ceilometer's backend_url, services with a drop-in
{
  'fuel-7.0' => [TRUSTY, deployment('7.0'), ['Ceilometer_config[alarm/evaluation_service]'], []],
  'fuel-8.0' => [TRUSTY, deployment('8.0'), ['Ceilometer_config[alarm/evaluation_service]'], []],
  'fuel-9.2' => [TRUSTY, deployment('9.2'), ['Aodh_config[coordination/backend_url]'], []],
  'fuel-11.0' => [XENIAL, deployment('11.0'), ['Aodh_config[coordination/backend_url]'], [central, aodh]],
  'bookworm' => [BOOKWORM, deployment('9.2'), ['Aodh_config[coordination/backend_url]'], [central, aodh]],
  'bookworm-7.0' => [BOOKWORM, deployment('7.0'), ['Ceilometer_config[alarm/evaluation_service]'], [central, alarm]],
  'trixie' => [TRIXIE, deployment('9.2'), ['Aodh_config[coordination/backend_url]'], [central, aodh]],
  'without-alarms' => [XENIAL, without_alarms, [], [central]],
}.each do |name, (facts, deployment, settings, services)|
  describe "agents-#{name}.example.com", type: :host do
    include_context 'deployed', 'agents', deployment
    let(:facts) { facts }

    it { is_expected.to compile.with_all_deps }

    it 'sets what makes these agents coordinate, and nothing else' do
      found = catalogue.resources.select { |one| one.type.end_with?('_config') }.map(&:ref)
      expect(found).to match_array ['Ceilometer_config[coordination/backend_url]', *settings]
    end

    it 'proves that the agents can coordinate before anything of them is changed' do
      is_expected.to contain_exec('ceilometer-redis join').with(unless: 'ceilometer-redis join', logoutput: true)
      changed = catalogue.resources.select do |one|
        one.type.end_with?('_config') || one.type == 'File' || one.title =~ /options of|ceilometer-redis apply/
      end
      expect(changed.length).to be > 5
      changed.each { |one| is_expected.to contain_exec('ceilometer-redis join').that_comes_before(one.ref) }
    end

    it 'hides backend_url, and closes the files before it is in them' do
      catalogue.resources.select { |one| one.title == 'coordination/backend_url' }.each do |setting|
        project = setting.type.downcase.sub('_config', '')
        expect(setting[:value]).to eq deployment['coordination']['backend_url']
        expect(setting[:secret]).to be true
        is_expected.to contain_file("/etc/#{project}/#{project}.conf").only_with_mode('o=')
                                                                      .that_comes_before(setting.ref)
      end
    end

    it 'takes out what version 1.0 set besides backend_url, while its backend_url is there' do
      catalogue.resources.select { |one| one.title == 'coordination/backend_url' }.each do |setting|
        file = "/etc/#{project = setting.type.downcase.sub('_config', '')}/#{project}.conf"
        is_expected.to contain_exec("options of version 1.0 in #{project}.conf").that_comes_before(setting.ref)
        exec = catalogue.resource('Exec', "options of version 1.0 in #{project}.conf")
        expect(cleaned(exec, file, VERSION1)).to eq VERSION1_CLEANED
        expect(cleaned(exec, file, VERSION1_CLEANED)).to eq VERSION1_CLEANED
        expect(cleaned(exec, file, OPERATORS)).to eq OPERATORS
      end
    end

    if settings.include?('Ceilometer_config[alarm/evaluation_service]')
      it 'lets the alarm evaluators of Ceilometer share the alarms' do
        is_expected.to contain_ceilometer_config('alarm/evaluation_service').with_value('default')
      end
    end

    it 'gives the services of systemd one hash seed' do
      paths = services.map { |service| "/etc/systemd/system/#{service}.service.d/ceilometer-redis.conf" }
      found = catalogue.resources.map(&:title).grep(%r{/ceilometer-redis\.conf\z})
      expect(found).to match_array paths
      paths.each do |path|
        expect(content_of(path)).to eq <<~CONF
          # Made by the Fuel plugin ceilometer-redis: only agents with one hash seed share static resources.
          [Service]
          Environment=PYTHONHASHSEED=0
        CONF
        is_expected.to contain_file(path).with_mode('0644').that_notifies('Exec[systemctl daemon-reload]')
      end
    end

    it 'lets a master that was alone until now refuse writes without replicas, before agents start' do
      is_expected.to contain_exec('ceilometer-redis apply redis').that_comes_before('Exec[ceilometer-redis apply agents]')
    end

    it 'makes the agents clones once they are configured' do
      is_expected.to contain_exec('systemctl daemon-reload')
        .with_refreshonly(true).that_comes_before('Exec[ceilometer-redis apply agents]')
      is_expected.to contain_exec('ceilometer-redis apply agents')
        .with(unless: 'ceilometer-redis apply agents --check', logoutput: true, timeout: 900)
      ['Ceilometer_config[coordination/backend_url]', *settings].each do |setting|
        is_expected.to contain_exec('ceilometer-redis apply agents').that_requires(setting)
      end
    end
  end
end

# release => what is set for the evaluators of alarms, which coordinate no longer, and is as Fuel makes it again
{
  '7.0' => ['p_ceilometer-alarm-evaluator', TRUSTY, 'Ceilometer_config[alarm/evaluation_service]',
            { value: 'ceilometer.alarm.service.SingletonAlarmService' }],
  '11.0' => ['p_aodh-evaluator', XENIAL, 'Aodh_config[coordination/backend_url]', { ensure: 'absent' }]
}.each do |release, (primitive, facts, setting, wanted)|
  ticked = deployment(release)
  released = ticked.merge('agents' => ticked['agents'].reject { |name, _| name == primitive },
                          'released' => ticked['agents'].select { |name, _| name == primitive })

  { 'agents' => 'include ceilometer_redis::agents',
    'withdrawn' => 'include ceilometer_redis::withdrawal::agents' }.each do |name, manifest|
    describe "agents-released-#{release}-#{name}.example.com", type: :host do
      include_context 'deployed', 'agents', released
      let(:pre_condition) { manifest }
      let(:facts) { facts }

      it { is_expected.to compile.with_all_deps }

      it "makes the evaluator's configuration Fuel's again, and leaves the central agent's alone" do
        found = catalogue.resource(setting)
        wanted.each { |attribute, value| expect(found[attribute].to_s).to eq value }
        central = catalogue.resource('Ceilometer_config[coordination/backend_url]')
        expect(central[:ensure].to_s).to eq(name == 'agents' ? 'present' : 'absent')
        next unless name == 'agents'

        is_expected.to contain_exec('ceilometer-redis apply agents').that_requires(setting)
      end

      if release == '11.0'
        it 'takes its hash seed away' do
          is_expected.to contain_file('/etc/systemd/system/aodh-evaluator.service.d/ceilometer-redis.conf')
            .with_ensure('absent').that_notifies('Exec[systemctl daemon-reload]')
        end
      end
    end
  end
end

# A $ is a variable to oslo.config, unless there are two.
describe 'agents-service.example.com', type: :host do
  url = 'zookeeper://user:S3$cret@10.0.0.9:2181?timeout=20'
  include_context 'deployed', 'agents', deployment('9.2') { |astute| use_service(astute, url) }
  let(:facts) { XENIAL }

  it { is_expected.to compile.with_all_deps }

  it 'joins the service before anything of the agents is changed' do
    is_expected.to contain_exec('ceilometer-redis join').with(unless: 'ceilometer-redis join', logoutput: true)
    changed = catalogue.resources.select { |one| one.type.end_with?('_config') || one.title =~ /service\.d|options of/ }
    expect(changed.length).to be > 5
    changed.each { |one| is_expected.to contain_exec('ceilometer-redis join').that_comes_before(one.ref) }
    is_expected.to contain_exec('ceilometer-redis join').that_comes_before('Exec[ceilometer-redis apply agents]')
  end

  it 'writes the URL as it was given, for a reader that takes $ for a variable' do
    %w[Ceilometer_config Aodh_config].each do |type|
      setting = catalogue.resource(type, 'coordination/backend_url')
      expect(setting[:value]).to eq 'zookeeper://user:S3$$cret@10.0.0.9:2181?timeout=20'
      expect(setting[:secret]).to be true
    end
  end

  it 'takes a store away that was deployed before, and closes its ports, once the agents have moved' do
    is_expected.to contain_exec('ceilometer-redis apply former-store')
      .with_unless('ceilometer-redis apply former-store --check')
      .that_requires('Exec[ceilometer-redis apply agents]')
      .that_comes_before('Firewallchain[INPUT:filter:IPv4]')
    is_expected.to contain_firewallchain('INPUT:filter:IPv4').with_purge(true)
    expect(catalogue.resources.map(&:type)).not_to include('Firewall')
    expect(catalogue.resources.map(&:title)).not_to include('ceilometer-redis apply redis')
  end
end

# By its URL it could not be told from version 1.0: options beside it would be taken out, and agents restarted as their
# file was written, with every deployment.
describe 'agents-service-without-password.example.com', type: :host do
  include_context 'deployed', 'agents', deployment('9.2') { |astute| use_service(astute, 'redis://10.0.0.9:6379?db=1') }
  let(:facts) { XENIAL }

  it { is_expected.to compile.with_all_deps }

  it 'leaves the options beside the URL alone' do
    expect(catalogue.resources.map(&:title).grep(/options of version 1.0/)).to eq []
  end
end

describe 'agents-missing.example.com', type: :host do
  include_context 'deployed', 'agents', nil
  let(:facts) { TRUSTY }

  it 'names the task that has to run first' do
    is_expected.to compile.and_raise_error(/deployment.yaml is not there: the task ceilometer-redis-deployment/)
  end
end

# Fuel runs Puppet with --debug when the environment is in debug mode.
describe 'agents-debug.example.com', type: :host do
  include_context 'deployed', 'agents', deployment('7.0')
  let(:facts) { BOOKWORM }
  let(:messages) { [] }

  before do
    Puppet::Util::Log.newdestination(Puppet::Test::LogCollector.new(messages))
    Puppet::Util::Log.level = :debug
  end

  after do
    Puppet::Util::Log.level = :notice
    Puppet::Util::Log.close_all
  end

  it 'keeps the password out of the debug log' do
    catalogue
    expect(messages.map(&:to_s)).to include(/ceilometer-redis/)
    expect(messages.map(&:to_s).grep(/S3cret/)).to eq []
  end
end

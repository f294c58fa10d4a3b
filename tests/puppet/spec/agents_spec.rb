ocata = deployment('9.2') { |astute| astute['openstack_version'] = 'ocata-11.0' }
without_alarms = deployment('9.2') { |astute| astute['ceilometer-redis']['coordinate_alarms'] = false }

central = 'ceilometer-agent-central'
alarm = 'ceilometer-alarm-evaluator'
aodh = 'aodh-evaluator'

# node => facts, deployment, settings besides ceilometer's backend_url, services with a drop-in
{
  'fuel-7.0' => [TRUSTY, deployment('7.0'), ['Ceilometer_config[alarm/evaluation_service]'], []],
  'fuel-8.0' => [TRUSTY, deployment('8.0'), ['Ceilometer_config[alarm/evaluation_service]'], []],
  'fuel-9.2' => [TRUSTY, deployment('9.2'), ['Aodh_config[coordination/backend_url]'], []],
  'fuel-11.0' => [XENIAL, ocata, ['Aodh_config[coordination/backend_url]'], [central, aodh]],
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

    it 'hides backend_url, and closes the files before it is in them' do
      catalogue.resources.select { |one| one.title == 'coordination/backend_url' }.each do |setting|
        project = setting.type.downcase.sub('_config', '')
        expect(setting[:value]).to eq deployment['coordination']['backend_url']
        expect(setting[:secret]).to be true
        is_expected.to contain_file("/etc/#{project}/#{project}.conf").only_with_mode('o=')
                                                                      .that_comes_before(setting.ref)
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

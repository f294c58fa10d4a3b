# SPDX-License-Identifier: Apache-2.0

require_relative 'rules'

central = 'ceilometer-agent-central'
aodh = 'aodh-evaluator'

# node => facts, deployment, settings that go, services whose drop-in goes
{
  'fuel-7.0' => [TRUSTY, deployment('7.0'), ['Ceilometer_config[coordination/backend_url]'], []],
  'fuel-8.0' => [TRUSTY, deployment('8.0'), ['Ceilometer_config[coordination/backend_url]'], []],
  'fuel-9.2' => [TRUSTY, deployment('9.2'),
                 ['Ceilometer_config[coordination/backend_url]', 'Aodh_config[coordination/backend_url]'], []],
  'fuel-11.0' => [XENIAL, deployment('11.0'),
                  ['Ceilometer_config[coordination/backend_url]', 'Aodh_config[coordination/backend_url]'],
                  [central, aodh]],
}.each do |name, (facts, deployment, settings, services)|
  describe "withdrawal-agents-#{name}.example.com", type: :host do
    include_context 'deployed', 'agents', deployment
    let(:pre_condition) { 'include ceilometer_redis::withdrawal::agents' }
    let(:facts) { facts }

    it { is_expected.to compile.with_all_deps }

    include_examples 'a catalogue of the plugin'

    it 'lets nothing of the configuration coordinate' do
      found = catalogue.resources.select { |one| one.type.end_with?('_config') && one[:ensure].to_s == 'absent' }
      expect(found.map(&:ref)).to match_array settings
    end

    if settings.length == 1
      it 'gives the alarm evaluator back the service that Fuel sets' do
        is_expected.to contain_ceilometer_config('alarm/evaluation_service')
          .with_value('ceilometer.alarm.service.SingletonAlarmService')
      end
    end

    it 'removes the hash seed of the services' do
      found = catalogue.resources.map(&:title).grep(%r{/ceilometer-redis\.conf\z})
      expect(found).to match_array(services.map { |one| "/etc/systemd/system/#{one}.service.d/ceilometer-redis.conf" })
      found.each do |path|
        is_expected.to contain_file(path).with_ensure('absent').that_notifies('Exec[systemctl daemon-reload]')
      end
    end

    it 'leaves Pacemaker to the helper' do
      expect(catalogue.resources.map(&:title).grep(/ceilometer-redis apply/)).to eq []
    end
  end
end

with_clients = deployment('9.2') { |astute| astute['ceilometer-redis']['coordinate_compute'] = true }

describe 'withdrawal-store-existing.example.com', type: :host do
  include_context 'deployed', 'store', deployment('9.2') { |astute| use_service(astute, 'memcached://10.0.0.9') }
  let(:pre_condition) { 'include ceilometer_redis::withdrawal::store' }
  let(:facts) { TRUSTY }

  it { is_expected.to compile.with_all_deps }

  it 'removes the rules of a store that was deployed before' do
    expect(catalogue.resources.map(&:type)).not_to include('Firewall')
    is_expected.to contain_firewallchain('INPUT:filter:IPv4').with_purge(true)
  end
end

describe 'withdrawal-store.example.com', type: :host do
  include_context 'deployed', 'store', with_clients
  let(:pre_condition) { 'include ceilometer_redis::withdrawal::store' }
  let(:facts) { TRUSTY }

  it { is_expected.to compile.with_all_deps }

  it 'removes the rules that the deployment made, and nothing else' do
    rules = catalogue.resources.select { |one| one.type == 'Firewall' }
    expect(rules.map(&:title)).to match_array(%w[192.168.0.5 192.168.0.4 192.168.0.3 192.168.0.2].flat_map do |address|
      ["121 redis from #{address}", "122 redis-sentinel from #{address}"]
    end)
    expect(rules.map { |rule| rule[:ensure].to_s }.uniq).to eq ['absent']
    expect(catalogue.resources.map(&:type) & %w[Package Service]).to eq []
  end

  it 'sends no logs of the store any more, and leaves what rotates them' do
    files = catalogue.resources.select { |one| one.type == 'File' }
    expect(files.map { |one| [one.title, one[:ensure].to_s] }).to eq [
      ['/etc/rsyslog.d/00-ceilometer-redis.conf', 'absent']
    ]
    is_expected.to contain_file('/etc/rsyslog.d/00-ceilometer-redis.conf').that_notifies('Exec[service rsyslog restart]')
    expect(catalogue.resources.select { |one| one.type == 'Exec' }.map(&:title)).to eq ['service rsyslog restart']
  end
end

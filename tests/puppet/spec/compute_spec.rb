# SPDX-License-Identifier: Apache-2.0

require_relative 'rules'

ticked = ->(astute) { astute['ceilometer-redis']['coordinate_compute'] = true }

BACKEND_URL = 'coordination/backend_url'.freeze
PARTITIONED = 'compute/workload_partitioning'.freeze
DISCOVERED = 'compute/instance_discovery_method'.freeze
WATCH = '/etc/cron.d/ceilometer-redis'.freeze
NOTED = { 'options' => [PARTITIONED, BACKEND_URL], 'services' => ['ceilometer-polling'] }.freeze

def config(ensured)
  catalogue.resources.select { |one| one.type.end_with?('_config') && (one[:ensure].to_s == 'absent') == (ensured == :absent) }
           .map(&:title)
end

# node => facts, deployment, its role's option and value, the agent's service, package
{
  'fuel-7.0' => [TRUSTY, deployment('7.0', 'compute', &ticked), PARTITIONED, 'true',
                 'ceilometer-agent-compute', 'python-redis'],
  'fuel-8.0' => [TRUSTY, deployment('8.0', 'compute', &ticked), PARTITIONED, 'true',
                 'ceilometer-agent-compute', 'python-redis'],
  'fuel-9.2' => [TRUSTY, deployment('9.2', 'compute', &ticked), PARTITIONED, 'true',
                 'ceilometer-polling', 'python-redis'],
  'fuel-11.0' => [XENIAL, deployment('11.0', 'compute', &ticked), DISCOVERED, 'workload_partitioning', 'ceilometer-polling', 'python-redis'],
  'trixie' => [TRIXIE, deployment('9.2', 'compute', &ticked), PARTITIONED, 'true',
               'ceilometer-polling', 'python3-redis']
}.each do |name, (facts, deployment, option, value, service, package)|
  describe "compute-#{name}.example.com", type: :host do
    include_context 'deployed', 'compute', deployment
    let(:facts) { facts }

    it { is_expected.to compile.with_all_deps }

    it 'sets what makes this agent coordinate, and nothing else' do
      expect(config(:present)).to match_array [BACKEND_URL, option]
      expect(config(:absent)).to eq []
      is_expected.to contain_ceilometer_config(option).with_value(value)
    end

    it 'hides backend_url, and closes the file before it is in it' do
      is_expected.to contain_ceilometer_config(BACKEND_URL)
        .with(value: deployment['options'][BACKEND_URL]['value'], secret: true)
      is_expected.to contain_file('/etc/ceilometer/ceilometer.conf')
        .with_mode('o=').without_owner.that_comes_before("Ceilometer_config[#{BACKEND_URL}]")
    end

    it "installs the agent's client of the store before it is told to use it" do
      is_expected.to contain_package(package).with_ensure('installed').that_comes_before("Ceilometer_config[#{BACKEND_URL}]")
    end

    it 'proves that the agent can coordinate with that client before anything of it is changed' do
      is_expected.to contain_exec('ceilometer-redis join').with(unless: 'ceilometer-redis join', logoutput: true)
                                                          .that_requires("Package[#{package}]")
      ['File[/etc/ceilometer/ceilometer.conf]', "Ceilometer_config[#{BACKEND_URL}]", "Ceilometer_config[#{option}]",
       "File[#{WATCH}]"].each do |one|
        is_expected.to contain_exec('ceilometer-redis join').that_comes_before(one)
      end
    end

    it 'restarts the agent when an option changes, and leaves its state to Fuel' do
      [BACKEND_URL, option].each do |one|
        is_expected.to contain_service(service).that_subscribes_to("Ceilometer_config[#{one}]")
      end
      is_expected.to contain_service(service).without_ensure.without_enable
    end

    it 'looks every minute whether the plugin was switched off' do
      is_expected.to contain_file(WATCH).with(ensure: 'present', owner: 'root', group: 'root', mode: '0644')
      expect(content_of(WATCH)).to eq <<~CRON
        # Made by the Fuel plugin ceilometer-redis: Fuel runs no task of a plugin that was switched off, so this node looks itself.
        PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
        * * * * * root flock --nonblock /run/ceilometer-redis-withdrawal.lock ceilometer-redis withdraw --switched-off 2>&1 | grep -v 'nothing to change' | logger -t ceilometer-redis
      CRON
    end

    it 'has nothing of a controller' do
      expect(catalogue.resources.map(&:type) & %w[Firewall Firewallchain]).to eq []
      expect(catalogue.resources.select { |one| one.type == 'Exec' }.map(&:title)).to eq ['ceilometer-redis join']
    end
  end
end

describe 'compute-service.example.com', type: :host do
  include_context 'deployed', 'compute', (deployment('9.2', 'compute') do |astute|
    use_service(astute, 'zookeeper://10.0.0.9:2181')
    ticked.call(astute)
  end)
  let(:facts) { TRUSTY }

  it { is_expected.to compile.with_all_deps }

  it "installs the agent's client of the service, and the helper's, which looks whether the plugin was switched off" do
    %w[python-kazoo python-redis].each do |package|
      is_expected.to contain_package(package).with_ensure('installed').that_comes_before("File[#{WATCH}]")
    end
  end
end

describe 'compute-on-a-controller.example.com', type: :host do
  include_context 'deployed', 'compute', (deployment('9.2') do |astute|
    astute['network_metadata']['nodes']['node-1']['node_roles'] << 'compute'
    astute['ceilometer-redis']['coordinate_notification'] = true
    ticked.call(astute)
  end)
  let(:facts) { TRUSTY }

  it { is_expected.to compile.with_all_deps }

  it 'leaves a controller to its own tasks' do
    expect(catalogue.resources.map(&:type) & %w[Ceilometer_config File Service Package Exec]).to eq []
  end
end

unticked = deployment('9.2', 'compute')

{ 'unticked' => ['compute', nil], 'withdrawn' => ['compute', 'include ceilometer_redis::withdrawal::compute'] }
  .each do |name, (manifest, instead)|
  describe "compute-#{name}.example.com", type: :host do
    include_context 'deployed', manifest, unticked, NOTED
    let(:pre_condition) { instead } if instead
    let(:facts) { TRUSTY }

    it { is_expected.to compile.with_all_deps }

    include_examples 'a catalogue of the plugin'

    it 'takes back what the plugin set, lets the agent know and looks no more' do
      expect(config(:present)).to eq []
      expect(config(:absent)).to match_array NOTED['options']
      NOTED['options'].each do |option|
        is_expected.to contain_service('ceilometer-polling').that_subscribes_to("Ceilometer_config[#{option}]")
        is_expected.to contain_ceilometer_config(option).that_comes_before("File[#{WATCH}]")
      end
      is_expected.to contain_file(WATCH).with_ensure('absent')
    end
  end
end

describe 'compute-never-ticked.example.com', type: :host do
  include_context 'deployed', 'compute', unticked
  let(:facts) { TRUSTY }

  it { is_expected.to compile.with_all_deps }

  it "leaves the agent's configuration alone, whoever has set what in it" do
    expect(catalogue.resources.map(&:type) & %w[Ceilometer_config Service Package Exec]).to eq []
  end
end

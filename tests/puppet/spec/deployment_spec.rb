# SPDX-License-Identifier: Apache-2.0

PLUGIN = '/etc/fuel/plugins/ceilometer-redis-2.0/ceilometer-redis'.freeze
FILES = {
  '/usr/local/bin/ceilometer-redis' => ['0755', PLUGIN],
  '/usr/lib/ocf/lib/ceilometer-redis/common.sh' => ['0644', 'puppet:///modules/ceilometer_redis/ocf/common.sh'],
  '/usr/lib/ocf/lib/ceilometer-redis/daemon.sh' => ['0644', 'puppet:///modules/ceilometer_redis/ocf/daemon.sh'],
  '/usr/lib/ocf/lib/ceilometer-redis/withdrawal.sh' =>
    ['0644', 'puppet:///modules/ceilometer_redis/ocf/withdrawal.sh'],
  '/usr/lib/ocf/resource.d/ceilometer-redis/redis-server' =>
    ['0755', 'puppet:///modules/ceilometer_redis/ocf/redis-server'],
  '/usr/lib/ocf/resource.d/ceilometer-redis/redis-sentinel' =>
    ['0755', 'puppet:///modules/ceilometer_redis/ocf/redis-sentinel'],
  '/usr/lib/ocf/resource.d/ceilometer-redis/guard' => ['0755', 'puppet:///modules/ceilometer_redis/ocf/guard'],
}.freeze

# No deployment file is there yet when this task runs.
{ 'trusty' => [TRUSTY, 'python-yaml'], 'xenial' => [XENIAL, 'python-yaml'],
  'bookworm' => [BOOKWORM, 'python3-yaml'], 'trixie' => [TRIXIE, 'python3-yaml'] }.each do |release, (facts, yaml)|
  describe "deployment-#{release}.example.com", type: :host do
    include_context 'deployed', 'deployment', nil
    let(:facts) { facts }

    it { is_expected.to compile.with_all_deps }

    it 'gives the helper what it needs, then writes the deployment file where it is not what Fuel wants' do
      is_expected.to contain_package(yaml).that_comes_before('Exec[ceilometer-redis deployment]')
      is_expected.to contain_exec('ceilometer-redis deployment')
        .with_command("#{PLUGIN} deployment").with_unless("#{PLUGIN} deployment --check").with_logoutput(true)
    end

    FILES.each do |path, (mode, source)|
      it "installs #{path} unless the settings are bad" do
        is_expected.to contain_file(path)
          .with(ensure: 'file', owner: 'root', group: 'root', mode: mode, source: source)
          .that_requires('Exec[ceilometer-redis deployment]')
      end
    end

    it 'notes, if nothing is noted yet, that no option is set' do
      is_expected.to contain_file(OPTIONS).with_replace(false).that_requires('Exec[ceilometer-redis deployment]')
      expect(YAML.safe_load(content_of(OPTIONS))).to eq NOTHING_NOTED
    end

    it 'changes nothing else' do
      expect(catalogue.resources.map(&:type) - %w[Stage Class File Exec Package]).to eq []
      directories = catalogue.resources.select { |one| one.type == 'File' }.map(&:title) - FILES.keys - [OPTIONS]
      expect(directories).to all start_with '/usr/lib/ocf'
      directories.each { |path| is_expected.to contain_file(path).that_requires('Exec[ceilometer-redis deployment]') }
    end
  end
end

describe 'deployment-compute.example.com', type: :host do
  include_context 'deployed', 'compute_deployment', nil
  let(:facts) { TRUSTY }

  it { is_expected.to compile.with_all_deps }

  it 'gives a compute node the deployment file and the helper, and nothing of a cluster' do
    is_expected.to contain_package('python-yaml').that_comes_before('Exec[ceilometer-redis deployment]')
    files = catalogue.resources.select { |one| one.type == 'File' }.map(&:title)
    expect(files).to eq ['/usr/local/bin/ceilometer-redis', OPTIONS]
  end
end

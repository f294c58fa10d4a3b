require 'English'
require 'rspec-puppet'
require 'tmpdir'
require 'yaml'

ROOT = File.expand_path('../../..', __dir__)
DEPLOYMENT = '/etc/ceilometer-redis/deployment.yaml'.freeze
OPTIONS = '/etc/ceilometer-redis/options.yaml'.freeze

TRUSTY = { 'operatingsystem' => 'Ubuntu', 'operatingsystemrelease' => '14.04', 'osfamily' => 'Debian',
           'kernel' => 'Linux', 'path' => '/usr/sbin:/usr/bin:/sbin:/bin' }.freeze
XENIAL = TRUSTY.merge('operatingsystemrelease' => '16.04').freeze
BOOKWORM = TRUSTY.merge('operatingsystem' => 'Debian', 'operatingsystemrelease' => '12.7').freeze
# What Puppet 8 has: no legacy facts.
TRIXIE = { 'os' => { 'name' => 'Debian', 'family' => 'Debian', 'release' => { 'full' => '13.1', 'major' => '13' } },
           'kernel' => 'Linux', 'path' => '/usr/sbin:/usr/bin:/sbin:/bin' }.freeze

RSpec.configure do |config|
  config.module_path = "#{ROOT}/deployment_scripts/puppet/modules:/usr/share/puppet/modules"
end

# What the helper makes of the data that a real Nailgun of this release serialised for a node, the primary controller.
#
# Yields the data, to change them first; the plugin's password is set, as Fuel's settings tab sets it.
def deployment(release, node = 'node-1.primary-controller')
  astute = YAML.load_file("#{ROOT}/tests/data/astute/#{release}/#{node}.yaml")
  astute['ceilometer-redis']['redis_password'] = 'S3cretS3cret'
  yield astute if block_given?
  Dir.mktmpdir do |directory|
    File.write("#{directory}/astute.yaml", YAML.dump(astute))
    command = ['python3', '-m', 'ceilometer_redis', 'deployment', '--astute', "#{directory}/astute.yaml",
               '--output', "#{directory}/deployment.yaml"]
    output = IO.popen({ 'PYTHONPATH' => "#{ROOT}/helpers" }, command, err: %i[child out], &:read)
    raise output unless $CHILD_STATUS.success?

    YAML.load_file("#{directory}/deployment.yaml")
  end
end

# Keep the controllers with these uids only.
def keep_controllers(astute, *uids)
  astute['network_metadata']['nodes'].select! { |_, node| uids.include?(node['uid']) }
end

# Give every node the address fd00::UID.
def to_ipv6(astute)
  astute['network_metadata']['nodes'].each_value do |node|
    node['network_roles'].transform_values! { "fd00::#{node['uid']}" }
  end
end

# Catalogues of one of the plugin's manifests on a node with the given deployment file, and with what an earlier run noted
# of the options it set.
#
# rspec-puppet keeps catalogues by node, so each description, which is the node's name, occurs once per manifest.
shared_context 'deployed' do |manifest, deployment, noted|
  let(:pre_condition) { File.read("#{ROOT}/deployment_scripts/puppet/manifests/#{manifest}.pp") }

  before do
    allow(File).to receive(:exists?).and_call_original
    allow(YAML).to receive(:load_file).and_call_original
    { DEPLOYMENT => deployment, OPTIONS => noted }.each do |path, content|
      allow(File).to receive(:exists?).with(path).and_return(!content.nil?)
      allow(YAML).to receive(:load_file).with(path).and_return(content)
    end
  end
end

def content_of(path)
  catalogue.resource('File', path)[:content]
end

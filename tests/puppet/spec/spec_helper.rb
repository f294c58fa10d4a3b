# SPDX-License-Identifier: Apache-2.0

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

# Fuel's releases, each with the facts of its nodes.
RELEASES = { '7.0' => TRUSTY, '8.0' => TRUSTY, '9.2' => TRUSTY, '10.0' => XENIAL, '11.0' => XENIAL }.freeze

# What environment_config.yaml offers, with the password that Nailgun would generate.
SETTINGS = YAML.load_file("#{ROOT}/environment_config.yaml", aliases: true)['attributes']
               .reject { |name, _| name == 'metadata' }.transform_values { |setting| setting['value'] }
               .merge('redis_password' => 'S3cretS3cret').freeze

# All that Fuel 10.0 and 11.0 write into astute.yaml.
COMMENT = File.read("#{ROOT}/tests/data/astute/11.0/astute.yaml").freeze

# Fuel's data files on the first node with a role, of a release or of another environment that was recorded, parsed: since
# 10.0, astute.yaml is a comment and /etc/hiera has the data.
def fuels_files(environment, role = 'primary-controller', settings = {})
  directory = "#{ROOT}/tests/data/astute/#{environment}"
  node = Dir["#{directory}/node-*.#{role}.{yaml,node.yaml}"].min
  paths = { 'astute.yaml' => node }
  if node.end_with?('.node.yaml')
    paths = { 'astute.yaml' => "#{directory}/astute.yaml", 'cluster.yaml' => "#{directory}/cluster.yaml",
              'node.yaml' => node }
  end
  files = paths.transform_values { |path| YAML.load_file(path) || {} }
  files.each_value { |data| data['ceilometer-redis']&.merge!(SETTINGS, settings) }
end

# What the helper makes of them.
def deployment_file(files)
  Dir.mktmpdir do |directory|
    files.each { |name, data| File.write("#{directory}/#{name}", data.empty? ? COMMENT : YAML.dump(data)) }
    command = ['python3', '-m', 'ceilometer_redis', 'deployment', '--astute', "#{directory}/astute.yaml",
               '--hiera', directory, '--output', "#{directory}/deployment.yaml"]
    output = IO.popen({ 'PYTHONPATH' => "#{ROOT}/helpers" }, command, err: %i[child out], &:read)
    raise output unless $CHILD_STATUS.success?

    File.read("#{directory}/deployment.yaml")
  end
end

# The deployment of an environment's first node with a role. Yields what its file about the environment holds, to
# change it first.
def deployment(environment, role = 'primary-controller')
  files = fuels_files(environment, role)
  yield files.values.find { |data| data.key?('ceilometer-redis') } if block_given?
  YAML.safe_load(deployment_file(files))
end

# Let the environment use an existing service.
def use_service(astute, url)
  astute['ceilometer-redis'].merge!('store' => 'existing', 'backend_url' => url)
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

# What the first task notes of the options: none is set yet.
NOTHING_NOTED = { 'options' => [], 'services' => [] }.freeze

# Catalogues of one of the plugin's manifests on a node with the given deployment file, and with what an earlier run noted
# of the options it set.
#
# rspec-puppet keeps catalogues by node, so each description, which is the node's name, occurs once per manifest.
shared_context 'deployed' do |manifest, deployment, noted = NOTHING_NOTED|
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

# SPDX-License-Identifier: Apache-2.0

require_relative 'rules'

agent = 'ceilometer-agent-notification'
ticked = ->(astute) { astute['ceilometer-redis']['coordinate_notification'] = true }
noted = { 'options' => %w[notification/pipeline_processing_queues notification/workload_partitioning],
          'services' => [agent] }
partitioned = { 'notification/workload_partitioning' => 'true' }
queues = partitioned.merge('notification/pipeline_processing_queues' => '10')
with_prefix = deployment('9.2') { |astute| astute['ceilometer-redis']['partitioning_group_prefix'] = 'fuel' }
prefix = { 'polling/partitioning_group_prefix' => 'fuel' }

def noting(options, services)
  <<~YAML
    # What the Fuel plugin ceilometer-redis has set in ceilometer.conf for its roles, and the services that read it.
    ---
    options: [#{options.sort.join(', ')}]
    services: [#{services.join(', ')}]
  YAML
end

# The options in the catalogue besides backend_url and the evaluator's.
def roles(ensured)
  catalogue.resources.select { |one| one.type == 'Ceilometer_config' && one.title =~ %r{^(notification|compute|polling)/} }
           .select { |one| (one[:ensure].to_s == 'absent') == (ensured == :absent) }
end

# node => facts, deployment, what an earlier run noted, options that are set, options that go, services that read them
{
  'fuel-7.0' => [TRUSTY, deployment('7.0', &ticked), NOTHING_NOTED, partitioned, [], [agent]],
  'fuel-8.0' => [TRUSTY, deployment('8.0', &ticked), NOTHING_NOTED, queues, [], [agent]],
  'fuel-9.2' => [TRUSTY, deployment('9.2', &ticked), noted, queues, [], [agent]],
  'fuel-11.0' => [XENIAL, deployment('11.0', &ticked), NOTHING_NOTED, queues, [], [agent]],
  'trixie' => [TRIXIE, deployment('9.2', &ticked), NOTHING_NOTED, queues, [], [agent]],
  'upgraded-to-8.0' => [TRUSTY, deployment('8.0', &ticked),
                        { 'options' => ['notification/of_another_release'], 'services' => [agent] },
                        queues, ['notification/of_another_release'], [agent]],
  'with-a-prefix' => [TRUSTY, with_prefix, NOTHING_NOTED, prefix, [], []],
  'without-the-prefix' => [TRUSTY, deployment('9.2'), { 'options' => prefix.keys, 'services' => [] },
                           {}, prefix.keys, []],
  'unticked' => [TRUSTY, deployment('9.2'), noted, {}, noted['options'], [agent]],
  'never-ticked' => [TRUSTY, deployment('9.2'), NOTHING_NOTED, {}, [], []]
}.each do |name, (facts, deployment, noted, set, gone, services)|
  describe "options-#{name}.example.com", type: :host do
    include_context 'deployed', 'agents', deployment, noted
    let(:facts) { facts }

    it { is_expected.to compile.with_all_deps }

    it 'sets the options of the roles that are ticked' do
      expect(roles(:present).to_h { |one| [one.title, one[:value]] }).to eq set
    end

    it 'takes back what it set for others, and nothing else' do
      expect(roles(:absent).map(&:title)).to match_array gone
    end

    it 'notes what it has set once that is done' do
      expect(content_of(OPTIONS)).to eq noting(set.keys, deployment['services'])
      [*set.keys, *gone].each { |option| is_expected.to contain_ceilometer_config(option).that_comes_before("File[#{OPTIONS}]") }
    end

    it 'restarts who reads them when one of them or the way to the store changes, and leaves their state to Fuel' do
      expect(catalogue.resources.select { |one| one.type == 'Service' }.map(&:title)).to match_array services
      services.each do |service|
        [*set.keys, *gone, 'coordination/backend_url'].each do |option|
          is_expected.to contain_service(service).that_subscribes_to("Ceilometer_config[#{option}]")
        end
        expect(catalogue.resource('Service', service).to_hash.keys - %i[name provider subscribe]).to eq []
      end
    end

    it 'has done all that before agents are restarted' do
      is_expected.to contain_file(OPTIONS).that_comes_before('Exec[ceilometer-redis apply agents]')
    end
  end
end

describe 'options-withdrawn.example.com', type: :host do
  include_context 'deployed', 'agents', deployment('9.2', &ticked), noted
  let(:pre_condition) { 'include ceilometer_redis::withdrawal::agents' }
  let(:facts) { TRUSTY }

  it { is_expected.to compile.with_all_deps }

  include_examples 'a catalogue of the plugin'

  it 'takes back what the plugin set and lets its reader know' do
    expect(roles(:present)).to eq []
    expect(roles(:absent).map(&:title)).to match_array noted['options']
    [*noted['options'], 'coordination/backend_url'].each do |option|
      is_expected.to contain_service(agent).that_subscribes_to("Ceilometer_config[#{option}]")
    end
  end
end

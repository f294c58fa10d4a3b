# SPDX-License-Identifier: Apache-2.0

require_relative 'rendered'
require_relative 'rules'

TASKS = YAML.load_file("#{ROOT}/deployment_tasks.yaml", aliases: true).freeze
# What is chosen on the settings tab, the rest being as it is there.
CHOICES = {
  'default' => {},
  'roles' => { 'coordinate_notification' => true, 'coordinate_compute' => true, 'partitioning_group_prefix' => 'fuel' },
  'service' => { 'store' => 'existing', 'backend_url' => 'kazoo://10.0.0.9:2181', 'coordinate_compute' => true }
}.freeze

# From the data of a node to what its tasks leave there: settings, deployment file, catalogue, files.
CHOICES.to_a.product(RELEASES.to_a).each do |(choice, chosen), (release, facts)|
  nodes = Dir.glob('node-*.yaml', base: "#{ROOT}/tests/data/astute/#{release}")
  nodes.map { |name| name.split('.')[1] }.uniq.each do |role|
    files = fuels_files(release, role, chosen)
    roles = files.values.flat_map { |data| data['roles'] || [data['role']] }
    tasks = TASKS.select { |task| ((task['groups'] || task['role']) & roles).any? }

    describe "Fuel #{release}, #{role}, #{choice}" do
      it "has #{tasks.empty? ? 'no task of the plugin' : 'these tasks of the plugin'}" do
        expect(Rendered.tasks(choice, release, role)).to match_array(tasks.map { |task| task['id'] })
      end
    end

    next if tasks.empty?

    deployed = deployment_file(files)

    tasks.each do |task|
      manifest = File.basename(task['parameters']['puppet_manifest'], '.pp')
      place = "#{choice}/#{release}/#{role}/#{task['id']}"
      Rendered::TREES[place] = nil

      # rspec-puppet takes the description for the node's name.
      describe "#{task['id']}.#{role}.#{release}.#{choice}.example.com", type: :host do
        include_context 'deployed', manifest, YAML.safe_load(deployed)
        let(:facts) { facts }

        include_examples 'a catalogue of the plugin'

        it 'leaves these files and resources, and nothing else' do
          Rendered::TREES[place] = Rendered.tree(catalogue, deployed)
          expect(Rendered.text(Rendered::TREES[place])).to eq Rendered.text(Rendered.expected(place))
        end
      end
    end
  end
end

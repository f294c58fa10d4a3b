require_relative 'rendered'

TASKS = YAML.load_file("#{ROOT}/deployment_tasks.yaml", aliases: true).freeze

# From the data of a node to what its tasks leave there: settings, deployment file, catalogue, files.
RELEASES.each do |release, (recorded, facts, _)|
  Dir["#{ROOT}/tests/data/astute/#{recorded}/*.yaml"].map { |path| path.split('.')[-2] }.uniq.each do |role|
    data = astute(release, role)
    tasks = TASKS.select { |task| (task['groups'] & (data['roles'] || [data['role']])).any? }

    describe "Fuel #{release}, #{role}" do
      it "has #{tasks.empty? ? 'no task of the plugin' : 'these tasks of the plugin'}" do
        expect(Rendered.tasks(release, role)).to match_array(tasks.map { |task| task['id'] })
      end
    end

    next if tasks.empty?

    deployed = deployment_file(data)

    tasks.each do |task|
      manifest = File.basename(task['parameters']['puppet_manifest'], '.pp')
      place = "#{release}/#{role}/#{task['id']}"
      Rendered::TREES[place] = nil

      # rspec-puppet takes the description for the node's name.
      describe "#{task['id']}.#{role}.#{release}.example.com", type: :host do
        include_context 'deployed', manifest, YAML.safe_load(deployed)
        let(:facts) { facts }

        it 'leaves these files and resources, and nothing else' do
          Rendered::TREES[place] = Rendered.tree(catalogue, deployed)
          expect(Rendered.text(Rendered::TREES[place])).to eq Rendered.text(Rendered.expected(place))
        end
      end
    end
  end
end

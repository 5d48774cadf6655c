# frozen_string_literal: true

require_relative "../../tools/kafka/rspec"
require_relative "support/comparison"
require_relative "support/differences"
require_relative "support/observation"
require_relative "support/scenario"

# Runs the scenarios once with this driver and once with the reference, and compares what they have observed.
RSpec.describe "conformance with karafka-rdkafka" do
  let(:differences) { Conformance::Differences.load }

  # Those of the examples that are to be run.
  def areas
    examples = RSpec.world.filtered_examples.values.flatten.reject(&:skipped?)
    examples.filter_map { |example| example.metadata[:area] }.uniq
  end

  def comparison
    Conformance::Comparison.of(areas) { kafka.bootstrap }
  end

  it "lists only differences of scenarios that there are" do
    there = Conformance::Area.all.flat_map { |area| area.scenarios.map { |scenario| [area.name, scenario.name] } }

    expect(differences.scenarios - there).to be_empty
  end

  Conformance::Area.all.each do |area|
    needs = { share_groups: area.name == "share", **(area.on_kafka? ? { kafka: [] } : {}) }
    describe area.name, :reference, area: area, **needs do
      area.scenarios.each do |scenario|
        it scenario.name do
          listed = differences.lines(area.name, scenario.name)
          here, reference = comparison.observations(area, scenario) do |*both|
            listed ? Conformance::Differences::Lines.between(*both) == listed : both.uniq.one?
          end
          expect([here, reference].grep(/\A#{Conformance::Observation::FAILURE}/o)).to be_empty

          if listed
            expect(Conformance::Differences::Lines.between(here, reference)).to eq(listed)
          else
            expect(here).to eq(reference)
          end
        end
      end
    end
  end
end

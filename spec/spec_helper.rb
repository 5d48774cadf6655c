# frozen_string_literal: true

require "rdkafka"

Dir[File.join(__dir__, "support", "**", "*.rb")].each { |file| require file }

RSpec.configure do |config|
  config.disable_monkey_patching!
  config.order = :random
  Kernel.srand config.seed
  config.expect_with(:rspec) { |expectations| expectations.max_formatted_output_length = 1_000 }
  config.mock_with(:rspec) { |mocks| mocks.verify_partial_doubles = true }
  config.shared_context_metadata_behavior = :apply_to_host_groups

  config.include RubyProcess

  # KN_GC=stress collects garbage at every allocation of the examples tagged with :gc, KN_GC=compact moves objects at
  # every collection of the whole run.
  case ENV.fetch("KN_GC", nil)
  when "stress"
    # Matchers are loaded on first use, which takes very long under stress.
    RSpec::Matchers::BuiltIn.constants.each { |name| RSpec::Matchers::BuiltIn.const_get(name) }
    config.around(:each, :gc) do |example|
      GC.stress = true
      example.run
    ensure
      GC.stress = false
    end
  when "compact"
    GC.auto_compact = true
  end
end

# frozen_string_literal: true

module KarafkaNative
  # How handles of operations on configurations read the answer.
  #
  # @private
  module ConfigResources
    private

    # The error of the first resource that has one.
    def resource_error(answer)
      error = answer.filter_map { |_name, _type, error| error }.first
      error && Rdkafka::RdkafkaError.new(error.rdkafka_response, error.broker_message)
    end

    def resources(answer)
      answer.map do |name, type, _error, entries|
        configs = entries.map { |values| Rdkafka::Admin::ConfigBindingResult.new(values) }
        Rdkafka::Admin::ConfigResourceBindingResult.new(name, type, configs)
      end
    end
  end
end

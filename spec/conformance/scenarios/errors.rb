# frozen_string_literal: true

# Error classes, without a broker.

error_class = Rdkafka::RdkafkaError

scenario "the code of each number" do
  (-220..200).to_h { |number| [number, error_class.new(number).code] }
end

scenario "the text of each number" do
  (-220..200).to_h { |number| [number, error_class.new(number).to_s] }
end

scenario "numbers that are no codes" do
  [933_975, -933_975, (2**31) - 1, -(2**31)].map { |number| error_class.new(number).then { |e| [e.code, e.to_s] } }
end

scenario "the class hierarchy" do
  [
    Rdkafka::BaseError, error_class, Rdkafka::RdkafkaTopicPartitionListError, Rdkafka::ClosedConsumerError,
    Rdkafka::ClosedProducerError, Rdkafka::ClosedAdminError, Rdkafka::ClosedInnerError, Rdkafka::LibraryLoadError,
    Rdkafka::AbstractHandle::WaitTimeoutError, Rdkafka::Producer::TopicHandleCreationError
  ].map { |error| error.ancestors.take_while { |ancestor| ancestor != StandardError } }
end

{
  "only a code" => [-191],
  "a prefix" => [10, "before"],
  "an empty prefix" => [10, ""],
  "a broker message" => [10, nil, { broker_message: "from the broker" }],
  "an empty broker message" => [10, nil, { broker_message: "" }],
  "a client's name" => [10, nil, { instance_name: "rdkafka#producer-1" }],
  "everything" => [10, "before", { broker_message: "b", instance_name: "i", fatal: true, retryable: true,
                                   abortable: true, details: { partition: 3 } }],
  "the fatal marker" => [-150],
  "success" => [0],
  "a prefix that is not ASCII" => [10, "é"],
  "a binary broker message" => [10, "p", { broker_message: "\xFFx".b }],
  "binary and not ASCII together" => [10, "é", { broker_message: "\xFFx".b }],
  "a prefix that is a Symbol" => [10, :before]
}.each do |what, (code, *rest)|
  scenario "an error with #{what}" do
    options = rest.last.is_a?(Hash) ? rest.pop : {}
    error_class.new(code, *rest, **options)
  end
end

[nil, "10", 1.5, :eof].each do |response|
  scenario "an error with #{response.inspect} for a code" do
    attempt { error_class.new(response) }
  end
end

scenario "details are the shared empty Hash by default" do
  [error_class::EMPTY_HASH, error_class.new(1).details.equal?(error_class::EMPTY_HASH)]
end

scenario "is_partition_eof?" do
  [-191, 0, 1].map { |code| error_class.new(code).is_partition_eof? }
end

scenario "when errors are equal" do
  error = error_class.new(10, "p")
  list_error = Rdkafka::RdkafkaTopicPartitionListError.new(10, nil, "p")
  {
    same: error == error_class.new(10, "p"), code: error == error_class.new(11, "p"),
    prefix: error == error_class.new(10, "q"), broker_message: error == error_class.new(10, "p", broker_message: "b"),
    fatal: error == error_class.new(10, "p", fatal: true), text: error == error.to_s,
    base_and_subclass: error == list_error, subclass_and_base: list_error == error, other: error == RuntimeError.new
  }
end

scenario "a list error" do
  list = Rdkafka::Consumer::TopicPartitionList.new("t" => [Rdkafka::Consumer::Partition.new(0, 1, 2)])
  [Rdkafka::RdkafkaTopicPartitionListError.new(10, list, "before"), attempt do
    Rdkafka::RdkafkaTopicPartitionListError.new("x", list)
  end]
end

scenario "the errors of closed clients" do
  [Rdkafka::ClosedConsumerError, Rdkafka::ClosedProducerError, Rdkafka::ClosedAdminError].map do |error|
    [error.new("poll"), error.new(:poll)]
  end << Rdkafka::ClosedInnerError.new
end

scenario "building an error from a number" do
  [
    error_class.build(0), error_class.build(10), error_class.build(10, "p", broker_message: "b", instance_name: "i")
  ]
end

scenario "validating a number" do
  [
    error_class.validate!(0), attempt { error_class.validate!(10, "p", broker_message: "b") },
    attempt { error_class.validate!(-150) }
  ]
end

scenario "raising and rescuing" do
  raised = attempt { raise error_class.new(3, "p") }
  [raised.message, raised.full_message(highlight: false).lines.first.split(": ", 2).last, raised.inspect]
end

scenario "the message of an error with a broker message" do
  error_class.new(3, "p", broker_message: "second line").then { |error| [error.message, error.to_s] }
end

scenario "the methods of errors" do
  signatures(error_class, :initialize, :rdkafka_response, :message_prefix, :broker_message, :details, :instance_name,
    :code, :to_s, :is_partition_eof?, :==, :fatal?, :retryable?, :abortable?) +
    signatures(error_class.singleton_class, :build_fatal) +
    signatures(Rdkafka::RdkafkaTopicPartitionListError, :initialize, :topic_partition_list)
end

# frozen_string_literal: true

require "rdkafka"

# Consumes a topic and its retry topic. If the block raises, the message goes to the retry topic, or after the last
# attempt to the dead-letter topic.
#
# At least once: a message's offset is stored when it is processed, or when the brokers have stored it in the next
# topic.
class RetryingConsumer
  ATTEMPTS = "attempts"
  DUE = "due-at"

  # @param config [Hash] librdkafka's options, with `group.id`
  # @param topic [String]
  # @param attempts [Integer] how often a message is tried in total
  # @param delay [Float] seconds before the next attempt
  def initialize(config, topic:, attempts: 3, delay: 60.0)
    @topic = topic
    @attempts = attempts
    @delay = delay
    @consumer = Rdkafka::Config.new("enable.auto.offset.store": false, **config).consumer
    @producer = Rdkafka::Config.new(config.slice(:"bootstrap.servers").merge("enable.idempotence": true)).producer
    @paused = {}
    @stopping = false
  end

  # May be called in a signal handler.
  #
  # @return [void]
  def stop
    @stopping = true
  end

  # Runs until {#stop}.
  #
  # @yieldparam message [Rdkafka::Consumer::Message]
  # @return [void]
  def run(&)
    @consumer.subscribe(@topic, retry_topic)
    until @stopping
      resume_what_is_due
      message = @consumer.poll(100) or next
      due = message.headers.fetch(DUE, 0).to_f
      due > now ? postpone(message, due) : try(message, &)
    end
  ensure
    @consumer.close
    @producer.close
  end

  private

  def retry_topic = "#{@topic}.retry"
  def dead_topic = "#{@topic}.dead"
  def now = Time.now.to_f

  def try(message)
    yield message
    @consumer.store_offset(message)
  rescue StandardError => e
    pass_on(message, e)
    @consumer.store_offset(message)
  end

  def pass_on(message, error)
    attempts = message.headers.fetch(ATTEMPTS, 0).to_i + 1
    topic = attempts < @attempts ? retry_topic : dead_topic
    headers = message.headers.merge(ATTEMPTS => attempts.to_s, DUE => (now + @delay).to_s, "error" => error.message)
    @producer.produce(topic: topic, payload: message.payload, key: message.key, headers: headers).wait
  end

  # The partition is paused until the message is due. Messages of a retry topic become due in order.
  def postpone(message, due)
    list = Rdkafka::Consumer::TopicPartitionList.new
    list.add_topic(message.topic, [message.partition])
    @consumer.pause(list)
    @consumer.seek(message)
    @paused[list] = due
  end

  def resume_what_is_due
    due, @paused = @paused.partition { |_, time| time <= now }.map(&:to_h)
    due.each_key { |list| @consumer.resume(list) }
  end
end

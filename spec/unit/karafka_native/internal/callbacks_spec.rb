# frozen_string_literal: true

RSpec.describe KarafkaNative::Internal::Callbacks do
  subject(:callbacks) { described_class.new }

  {
    0 => Logger::FATAL, 1 => Logger::FATAL, 2 => Logger::FATAL, 3 => Logger::ERROR, 4 => Logger::WARN,
    5 => Logger::INFO, 6 => Logger::INFO, 7 => Logger::DEBUG, 8 => Logger::UNKNOWN, -1 => Logger::UNKNOWN
  }.each do |level, severity|
    it "logs syslog's level #{level} as #{Logger::SEV_LABEL.fetch(severity)}", statement: 79 do
      allow(Rdkafka::Config).to receive_messages(ensure_log_thread: nil, log_queue: queue = [])
      callbacks.log(level, "line")

      expect(queue).to eq([[severity, "rdkafka: line"]])
    end
  end
end

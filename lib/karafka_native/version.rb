# frozen_string_literal: true

# What this gem adds to the `Rdkafka` API that it implements.
module KarafkaNative
  # Version of the gem. {Rdkafka::VERSION} is the release of karafka-rdkafka whose API it has.
  VERSION = "0.1.0"
end

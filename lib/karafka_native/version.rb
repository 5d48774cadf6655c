# frozen_string_literal: true

# What this gem adds to the `Rdkafka` API that it implements.
module KarafkaNative
  # Version of the gem. The release of the driver that it emulates is {Rdkafka::VERSION}.
  VERSION = "0.1.0"
end

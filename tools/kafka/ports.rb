# frozen_string_literal: true

require "socket"

class KafkaCluster
  # Free loopback ports.
  #
  # Not those that the kernel would give (port 0): they come from the range that outgoing connections use too, and while
  # a broker is down, one of the many reconnecting clients could be given the broker's own port.
  module Ports
    RANGE = (15_000..32_000)

    module_function

    def free(count)
      ports = RANGE.to_a.shuffle.lazy.select { |port| free?(port) }.first(count)
      ports.size == count ? ports : raise(Error, "no #{count} free ports on loopback")
    end

    def free?(port)
      TCPServer.new("127.0.0.1", port).close
      true
    rescue SystemCallError
      false
    end

    private_class_method :free?
  end
end

# frozen_string_literal: true

# While other Ruby threads compute, every release of the GVL costs a time slice. Polls still release it now and then,
# for threads that compute little (see "fairness").
[1, 4].each do |threads|
  beside = "beside #{threads} CPU-bound thread#{"s" if threads > 1}"

  Scenario.add "poll #{beside}", place: 4, filled: true, goals: { ffi: 5_000 } do
    client = consumer
    nil until client.poll(1_000)
    sleep 1 # so that all is fetched: the driver is measured, not the network
    with_busy_threads(threads) { measure(messages - 1) { client.poll(1_000) ? 1 : 0 } }
  end

  Scenario.add "produce and wait #{beside}", place: 4, goals: { ffi: 40 }, ffi_share: 0.000_2 do
    client = producer
    with_busy_threads(threads) do
      measure do
        Array.new(messages) { client.produce(topic: topic, payload: Workbench::PAYLOAD) }.each(&:wait)
        messages
      end
    end
  end
end

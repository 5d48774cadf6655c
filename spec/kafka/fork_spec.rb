# frozen_string_literal: true

require_relative "../../tools/kafka/rspec"

RSpec.describe "Clients that a forked process makes" do
  it "create a topic, produce to it and delete it", statement: 3 do
    servers = { "bootstrap.servers": kafka.bootstrap }
    admin(**servers).metadata # its threads are not there in the child
    topic = unique_name("forked")

    created, offset, deleted = within(60) do
      in_fork do
        manager = config(**servers).admin
        writer = config(**servers).producer
        results = [
          manager.create_topic(topic, 1, 1).wait.result_name,
          writer.produce(topic: topic, payload: "1").wait.offset,
          manager.delete_topic(topic).wait.result_name
        ]
        [writer, manager].each(&:close)
        results
      end
    end

    expect([created, offset, deleted]).to eq([topic, 0, topic])
  end
end

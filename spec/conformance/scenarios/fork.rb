# frozen_string_literal: true

# Clients of a parent in a forked process, and clients of its own.

scenario "inherited clients are closed" do
  clients = [consumer, producer, admin]
  clients.each(&:name)
  forked { clients.map { |client| [client.closed?, client.close, client.name] } }
end

scenario "an inherited consumer" do
  client = consumer
  forked do
    [
      attempt { client.poll(0) }, attempt { client.subscribe("t") }, attempt { client.commit },
      attempt { client.each { nil } }, attempt { client.poll_batch(0) }, attempt { client.metadata }
    ]
  end
end

scenario "an inherited producer" do
  client = producer
  forked do
    [
      attempt { client.produce(topic: "t", payload: "p") }, attempt { client.flush }, attempt { client.purge },
      attempt { client.queue_size }, attempt { client.partition_count("t") }, attempt do
                                                                                client.events_poll_nb_each do
                                                                                  nil
                                                                                end
                                                                              end
    ]
  end
end

scenario "an inherited admin client" do
  client = admin
  forked do
    [attempt { client.create_topic("t", 1, 1) }, attempt { client.metadata }, attempt do
      client.list_offsets({})
    end]
  end
end

scenario "the parent goes on" do
  topic = new_topic
  client = producer
  _, status = forked { client.closed? }
  [status, client.closed?, client.produce(topic: topic, payload: "p", partition: 0).wait.offset]
end

scenario "a producer of a forked process" do
  topic = new_topic
  producer
  forked do
    reports = Thread::Queue.new
    client = config.producer
    client.delivery_callback = ->(report) { reports << report.offset }
    offset = client.produce(topic: topic, payload: "p", partition: 0).wait.offset
    client.close
    [offset, reports.pop]
  end
end

scenario "a consumer of a forked process" do
  topic = new_topic
  publish(topic, "a")
  forked { message_of(topic).payload }
end

scenario "an admin client of a forked process" do
  topic = new_topic
  admin
  forked do
    config.admin.list_offsets({ topic => [{ partition: 0, offset: :latest }] }).wait.offsets.first[:offset]
  end
end

scenario "a forked process that exits with clients of its own" do
  topic = new_topic
  _, status = forked do
    config.producer.produce(topic: topic, payload: "from the child", partition: 0)
    :made
  end
  [status, message_of(topic).payload]
end

scenario "a forked process that ends at once" do
  clients = [consumer, producer, admin]
  forked { clients.size }
end

scenario "garbage in a forked process" do
  3.times { config("group.id": "g").consumer }
  forked { (GC.start && :collected) || :collected }
end

scenario "statistics, errors and tokens keep their callbacks" do
  Rdkafka::Config.statistics_callback = ->(_) {}
  forked { Rdkafka::Config.statistics_callback.class }
end

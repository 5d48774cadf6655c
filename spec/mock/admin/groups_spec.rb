# frozen_string_literal: true

require "openssl"

RSpec.describe Rdkafka::Admin do
  include AdminRefusals

  let(:client) { admin }

  describe "#describe_consumer_groups" do
    it "refuses a group twice, and none" do
      expect(refusal_of(client.describe_consumer_groups(%w[a a])))
        .to eq([:invalid_arg, "Duplicate groups not allowed", nil])
      expect(refusal_of(client.describe_consumer_groups([]))).to eq([:invalid_arg, "No groups to describe", nil])
    end

    it "needs ids that can be read one by one" do
      expect { client.describe_consumer_groups("group") }.to raise_error(NoMethodError, /group_ids has to be/)
      expect { client.describe_consumer_groups([nil]) }.to raise_error(TypeError, /group id/)
    end
  end

  it "knows the states and types of groups" do
    expect { client.list_consumer_groups(states: [:odd]) }
      .to raise_error(ArgumentError, "Unknown state of a group: :odd")
    expect { client.list_consumer_groups(types: ["consumer"]) }
      .to raise_error(ArgumentError, 'Unknown type of a group: "consumer"')
    expect { client.list_consumer_groups(states: %i[empty empty]) }.to raise_error(Rdkafka::RdkafkaError, /Duplicate/)
    expect(client.list_consumer_groups(states: [], types: [])).to be_a(Rdkafka::Admin::ListConsumerGroupsHandle)
  end

  it "says what mock brokers do not know" do
    group = within(20) { client.describe_consumer_groups(["g"]).wait.groups.first }
    expect(group[:error].code).to eq(:unsupported_feature)
    expect(within(20) { client.list_consumer_groups.wait.errors.first.code }).to eq(:unsupported_feature)
  end

  # librdkafka erases the key of a client that has loaded it.
  it "asks coordinators with a key that was given as a text" do
    key = OpenSSL::PKey::RSA.new(2_048)
    certificate = OpenSSL::X509::Certificate.new
    certificate.public_key = key.public_key
    certificate.not_before = certificate.not_after = Time.now
    certificate.sign(key, "SHA256")
    client = admin("bootstrap.servers": "127.0.0.1:1", "security.protocol": "ssl",
      "ssl.certificate.pem": certificate.to_pem, "ssl.key.pem": key.to_pem)
    expect(client.describe_consumer_groups(["g"])).to be_pending
  end

  # librdkafka would abort the process, were they not sent to a broker by its number.
  describe "the deletion of groups and of their offsets" do
    def refusals_with(options)
      run_child(<<~RUBY)
        client = admin(#{options})
        list = Rdkafka::Consumer::TopicPartitionList.new
        list.add_topic_and_partitions_with_offsets("t", { 0 => 0 })
        [-> { client.delete_group("g") }, -> { client.delete_consumer_group_offsets("g", list) }].each do |request|
          request.call.wait(max_wait_timeout_ms: 20_000)
        rescue Rdkafka::RdkafkaError => e
          p [e.code, e.broker_message]
        end
        client.close
      RUBY
    end

    it "says that coordinators do not know it" do
      reason = "OffsetDelete API (KIP-496) not supported by broker, requires broker version >= 2.4.0"
      expect(refusals_with(""))
        .to print_lines([:unsupported_feature, nil].inspect, [:unsupported_feature, reason].inspect)
    end

    # Such a broker ends the connection at the first request. For the next one, librdkafka would wait for a coordinator
    # that it gave up then.
    it "says it of brokers that are not even asked which requests they know, one request after the other" do
      expect(refusals_with('"api.version.request": false, "broker.version.fallback": "0.9.0"').lines)
        .to match([/:unsupported_feature/] * 2)
    end
  end
end

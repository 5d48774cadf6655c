# frozen_string_literal: true

RSpec.describe Rdkafka::Admin do
  let(:client) { admin }

  def alter(**change)
    client.incremental_alter_configs(
      [{ resource_type: 2, resource_name: "t", configs: [{ name: "n", op_type: 0, value: "v", **change }] }]
    )
  end

  it "needs resources with a name and a type", statement: 109 do
    { ["", 2] => '"" (type 2)', ["t", -1] => '"t" (type -1)' }.each do |(name, type), text|
      resource = { resource_type: type, resource_name: name }
      [-> { client.describe_configs([resource]) },
       -> { client.incremental_alter_configs([{ **resource, configs: [] }]) }].each do |call|
        expect(&call)
          .to raise_error(Rdkafka::Config::ConfigError, "rd_kafka_ConfigResource_new was NULL for #{text}")
      end
    end
    expect { client.describe_configs([{ resource_type: 2, resource_name: nil }]) }
      .to raise_error(TypeError, "resource_name has to be a String, not NilClass")
    expect { client.describe_configs([{ resource_type: "topic", resource_name: "t" }]) }
      .to raise_error(TypeError, "resource_type has to be an Integer, not String")
  end

  it "needs all keys, and leaves nothing behind otherwise", statement: 17 do
    before = Rdkafka::AbstractHandle::REGISTRY.values
    wrong = [{ resource_type: 2 }]
    10_000.times do
      expect { client.describe_configs(wrong) }.to raise_error(KeyError)
      expect { client.incremental_alter_configs(wrong) }.to raise_error(KeyError)
    end
    %i[name op_type value].each do |key|
      configs = [{ name: "n", op_type: 0, value: "v" }.except(key)]
      expect { client.incremental_alter_configs([{ resource_type: 2, resource_name: "t", configs: configs }]) }
        .to raise_error(KeyError)
    end
    expect(Rdkafka::AbstractHandle::REGISTRY.values - before).to be_empty
  end

  it "replaces only by what has a name" do
    resource = { resource_type: 2, resource_name: "t" }
    expect { client.alter_configs([{ **resource, configs: { "" => "1" } }]) }
      .to raise_error(Rdkafka::RdkafkaError, /invalid_arg/)
    expect { client.alter_configs([resource]) }.to raise_error(KeyError)
    expect { client.alter_configs([{ **resource, configs: { "n\0" => "1" } }]) }
      .to raise_error(ArgumentError, /contains a null byte/)
  end

  it "changes only what librdkafka accepts, which says why not", statement: 107 do
    {
      { op_type: 9 } => "Invalid alter config operation type",
      { name: "" } => "Config name mustn't be empty",
      { name: nil } => "Config name is required",
      { value: nil } => "Config value is required"
    }.each do |change, text|
      expect { alter(**change) }.to raise_error(Rdkafka::RdkafkaError) { |error|
        expect([error.code, error.broker_message, error.message_prefix])
          .to eq([:invalid_arg, text, "rd_kafka_ConfigResource_add_incremental_config"])
        expect(error.to_s).to end_with("\n#{text}")
      }
    end
    expect { alter(value: 1) }.to raise_error(TypeError, "value of a config has to be a String, not Integer")
    expect(alter(op_type: 1, value: nil)).to be_pending
  end
end

# frozen_string_literal: true

RSpec.describe Rdkafka::Admin do
  let(:client) { admin }

  it "names numbers that are out of range" do
    {
      { resource_type: 99 } => "Invalid resource type",
      { operation: 1 } => "Invalid operation",
      { resource_pattern_type: 2 } => "Invalid resource pattern type",
      { permission_type: 1 } => "Invalid permission type"
    }.each do |wrong, text|
      expect { client.create_acl(**AdminOperations.rule("t", **wrong)) }
        .to raise_error(Rdkafka::Config::ConfigError, text)
    end
    expect { client.describe_acl(**AdminOperations.rule("t", operation: -1)) }
      .to raise_error(Rdkafka::Config::ConfigError, "Invalid operation")
  end

  it "needs names in rules, but not in filters" do
    any = { resource_name: nil, principal: nil, host: nil }
    any.each_key do |key|
      expect { client.create_acl(**AdminOperations.rule("t", key => nil)) }
        .to raise_error(TypeError, "#{key} has to be a String, not NilClass")
    end
    expect(client.describe_acl(**AdminOperations.rule("t", **any))).to be_pending
    expect(client.delete_acl(**AdminOperations.rule("t", **any))).to be_pending
  end
end

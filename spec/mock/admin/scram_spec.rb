# frozen_string_literal: true

RSpec.describe Rdkafka::Admin do
  let(:client) { admin }
  let(:credential) { { user: "alice", mechanism: "SCRAM-SHA-256", password: "secret" } }

  def upsert(**changes)
    client.alter_user_scram_credentials(upsert: [{ **credential, **changes }])
  end

  it "names what makes no sense" do
    {
      { user: "" } => "user is empty", { password: "" } => "password is empty", { salt: "" } => "salt is empty",
      { mechanism: "PLAIN" } => "mechanism has to be SCRAM-SHA-256 or SCRAM-SHA-512, not PLAIN",
      { iterations: 4_095 } => "iterations has to be 4096 to 16384, not 4095",
      { iterations: 1 << 40 } => "iterations has to be 4096 to 16384, not #{1 << 40}",
      { user: "a\0" } => "user contains a null byte"
    }.each { |wrong, text| expect { upsert(**wrong) }.to raise_error(ArgumentError, text) }
    { user: nil, mechanism: :sha, password: 1, iterations: "4096", salt: 7 }.each do |name, wrong|
      expect { upsert(name => wrong) }.to raise_error(TypeError, /\A#{name} has to be /)
    end
    expect { client.alter_user_scram_credentials(delete: [{ user: "alice" }]) }.to raise_error(KeyError, /mechanism/)
    expect { client.alter_user_scram_credentials }.to raise_error(ArgumentError, "there is nothing to upsert or delete")
  end

  it "does not take an empty list of users for all" do
    expect { client.describe_user_scram_credentials([]) }
      .to raise_error(ArgumentError, "users is empty; nil stands for all")
    expect { client.describe_user_scram_credentials([nil]) }
      .to raise_error(TypeError, "user has to be a String, not NilClass")
    expect { within(20) { client.describe_user_scram_credentials(%w[a a]).wait } }
      .to raise_error(Rdkafka::RdkafkaError, /Duplicate users/)
    expect { within(20) { client.describe_user_scram_credentials([""]).wait } }
      .to raise_error(Rdkafka::RdkafkaError, /Empty users/)
  end
end

# frozen_string_literal: true

RSpec.describe Rdkafka::Helpers::SASL do
  let(:makers) do
    { producer: -> { config.producer }, consumer: -> { config("group.id": "g").consumer }, admin: -> { config.admin } }
  end

  def set(client, username: "user", password: "secret")
    client.set_sasl_credentials(username: username, password: password)
  end

  it "takes a name and a password for all kinds of clients, while they are open" do
    makers.each do |kind, make|
      client = make.call
      expect(set(client)).to be_nil
      client.close
      expect { set(client) }
        .to raise_error(Rdkafka::BaseError, "Illegal call to set_sasl_credentials on a closed #{kind}")
    end
  end

  it "is there for share consumers", :share_groups do
    client = config("group.id": "g").share_consumer
    expect(set(client)).to be_nil
    client.close
    expect { set(client) }.to raise_error(Rdkafka::ClosedConsumerError)
  end

  it "needs Strings" do
    client = closing(config.producer)
    expect { set(client, username: nil) }.to raise_error(TypeError, "username has to be a String, not NilClass")
    expect { set(client, password: :secret) }.to raise_error(TypeError, "password has to be a String, not Symbol")
    expect { set(client, password: "a\0b") }.to raise_error(ArgumentError, "password contains a null byte")
  end
end

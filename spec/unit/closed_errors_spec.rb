# frozen_string_literal: true

RSpec.describe "errors of closed clients" do
  {
    Rdkafka::ClosedConsumerError => ["poll", "Illegal call to poll on a closed consumer"],
    Rdkafka::ClosedProducerError => [:produce, "Illegal call to produce on a closed producer"],
    Rdkafka::ClosedAdminError => [:metadata, "Illegal call to metadata on a closed admin"],
    Rdkafka::ClosedInnerError => [nil, "Illegal call to a closed inner librdkafka instance"]
  }.each do |error_class, (method, message)|
    describe error_class do
      let(:error) { error_class.new(*method) }

      it "says what was wrong" do
        expect(error.message).to eq(message)
      end

      it "is a BaseError, but no RdkafkaError" do
        expect(error).to be_a(Rdkafka::BaseError)
        expect(error).not_to be_a(Rdkafka::RdkafkaError)
      end

      it "survives marshalling" do
        expect(Marshal.load(Marshal.dump(error)).message).to eq(message)
      end
    end
  end

  it "needs the name of the method" do
    expect { Rdkafka::ClosedConsumerError.new }.to raise_error(ArgumentError)
  end

  it "has an error for libraries that cannot be loaded" do
    expect(Rdkafka::LibraryLoadError.superclass).to eq(Rdkafka::BaseError)
    expect(Rdkafka::BaseError.superclass).to eq(RuntimeError)
  end
end

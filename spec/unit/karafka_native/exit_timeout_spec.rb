# frozen_string_literal: true

RSpec.describe KarafkaNative do
  describe ".exit_timeout_ms" do
    around do |example|
      before = described_class.exit_timeout_ms
      example.run
    ensure
      described_class.exit_timeout_ms = before
    end

    it "is half a minute by default", statement: 147 do
      expect(described_class.exit_timeout_ms).to eq(30_000).and eq(described_class::DEFAULT_EXIT_TIMEOUT_MS)
    end

    [0, 1_500, nil].each do |value|
      it "can be #{value.inspect}" do
        described_class.exit_timeout_ms = value

        expect(described_class.exit_timeout_ms).to eq(value)
      end
    end

    ["1000", 1.5, :never, false, Float::INFINITY].each do |bad|
      it "cannot be #{bad.inspect}" do
        expect { described_class.exit_timeout_ms = bad }
          .to raise_error(TypeError, /exit_timeout_ms has to be an Integer or nil/)
        expect(described_class.exit_timeout_ms).to eq(30_000)
      end
    end

    it "cannot be negative" do
      expect { described_class.exit_timeout_ms = -1 }.to raise_error(ArgumentError, /must not be negative/)
    end
  end
end

# frozen_string_literal: true

RSpec.describe KarafkaNative::Internal::Address do
  it "knows addresses, nothing, pointers and what converts to them" do
    pointer = double(address: 0x1000)

    expect(described_class.of(0x1000)).to eq(0x1000)
    expect(described_class.of(nil)).to eq(0)
    expect(described_class.of(pointer)).to eq(0x1000)
    expect(described_class.of(double(to_ptr: pointer))).to eq(0x1000)
  end

  ["1000", 1.5, -1, :a, Object.new, Time.at(0), [1]].each do |bad|
    it "refuses #{bad.class}#{" (negative)" if bad == -1}" do
      expect { described_class.of(bad) }.to raise_error(TypeError, "expected a pointer, got #{bad.class}")
    end
  end

  it "refuses pointers with odd addresses" do
    expect { described_class.of(double(address: "1000")) }.to raise_error(TypeError)
    expect { described_class.of(double(address: nil)) }.to raise_error(TypeError)
  end
end

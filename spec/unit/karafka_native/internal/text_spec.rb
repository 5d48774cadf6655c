# frozen_string_literal: true

RSpec.describe KarafkaNative::Internal::Text do
  it "joins as usual when encodings fit together" do
    expect(described_class.join("a", "é", "b".b)).to eq("aéb").and have_attributes(encoding: Encoding::UTF_8)
    expect(described_class.join("a", "\xFF".b)).to have_attributes(encoding: Encoding::BINARY)
  end

  it "is UTF-8 when the bytes are" do
    expect(described_class.join("é", "é".b)).to eq("éé").and have_attributes(encoding: Encoding::UTF_8)
  end

  it "lists names in any encoding" do
    expect(described_class.list(["a", :b, "c"])).to eq("a, b, c")
    expect(described_class.list([])).to eq("")
    expect(described_class.list(["é", "\xE9".b])).to eq("é, \xE9".b)
  end

  it "tells what a callback has raised" do
    expect(described_class.of_unhandled(IOError.new("\xFF".b))).to eq("Unhandled exception: IOError - \xFF".b)
  end

  it "is binary otherwise" do
    expect(described_class.join("é", "\xFF".b)).to eq("é\xFF".b).and have_attributes(encoding: Encoding::BINARY)
  end
end

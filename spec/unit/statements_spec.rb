# frozen_string_literal: true

RSpec.describe "Numbered statements" do
  let(:contract) { File.read(File.join(__dir__, "../../docs/contract.md")) }

  { statement: "S", defect: "D" }.each do |tag, letter|
    describe "tagged #{tag}" do
      let(:numbers) { contract.scan(/^- \*\*#{letter}(\d+)\*\* \S/).flatten.map { |number| Integer(number, 10) } }
      let(:places) { SpecTags.in_folder(tag) }

      it "are numbered from 1 without gaps" do
        expect(numbers.sort).to eq([*1..numbers.size]).and(be_any)
      end

      it "each have an example" do
        expect(numbers - places.keys).to be_empty
      end

      it "are numbers of the contract" do
        expect(places.except(*numbers)).to be_empty
      end
    end
  end

  describe SpecTags do
    it "finds numbers of groups and examples" do
      source = <<~RUBY
        RSpec.describe Object, statement: 1 do
          it("is", :gc, statement: [2, 3], defect: 4) { 1 }
          context("with", statement: 5) { nil }
        end
      RUBY

      expect(described_class.of_source(:statement, source)).to eq([[1, 1], [2, 2], [3, 2], [5, 3]])
      expect(described_class.of_source(:defect, source)).to eq([[4, 2]])
    end

    it "finds none elsewhere" do
      source = <<~RUBY
        # statement: 1
        it "is without a body", statement: 2
        it("has") { run("statement: 3", statement: 4) }
      RUBY

      expect(described_class.of_source(:statement, source)).to be_empty
    end
  end
end

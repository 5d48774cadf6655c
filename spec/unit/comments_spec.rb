# frozen_string_literal: true

# What the comments of the API say about the GVL.
RSpec.describe "Comments of the API" do
  # @return [Hash{String => String}] comments of methods in `lib/rdkafka`, by place
  def comments_of(pattern)
    Dir[File.join(__dir__, "../../lib/rdkafka/**/*.rb")].each_with_object({}) do |path, comments|
      lines = File.readlines(path)
      lines.each_index.select { |index| lines[index].match?(/^ *def #{pattern}/) }.each do |index|
        above = lines.first(index).reverse.take_while { |line| line.match?(/^ *#/) }
        comments["#{File.basename(path)}:#{index + 1}"] = above.reverse.join
      end
    end
  end

  it "say of each method that waits with the GVL held that it does so", defect: 7 do
    comments = comments_of(/\w+_nb(?:_each)?\b/)

    expect(comments.size).to be > 4
    expect(comments.reject { |_, comment| comment.include?("GVL") }).to eq({})
  end
end

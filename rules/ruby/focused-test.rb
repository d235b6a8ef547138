RSpec.describe Order do
  # ruleid: focused-test
  fit "adds" do
    expect(1 + 1).to eq(2)
  end

  # ruleid: focused-test
  fdescribe "total" do
  end

  # ruleid: focused-test
  it "is fast", focus: true do
  end

  # ruleid: focused-test
  context "with tax", :focus do
  end

  # ok: focused-test
  it "fits" do
    # ok: focused-test
    page.focus(:name) { |field| field.fill }
  end

  # ok: focused-test
  it "is slow", focus: false do
  end

  # ok: focused-test
  input focus: true do
  end
end

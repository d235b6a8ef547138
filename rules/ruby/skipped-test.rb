describe "orders" do
  # ruleid: skipped-test
  xit "saves" do
    expect(save).to be(true)
  end

  # ruleid: skipped-test
  it "loads", skip: "flaky" do
    expect(load).to be(true)
  end

  # ruleid: skipped-test
  context "when closed", :skip do
  end

  it "drops" do
    # ruleid: skipped-test
    skip "later"
    expect(drop).to be(true)
  end

  # ok: skipped-test
  it "counts", skip: windows? do
    # ok: skipped-test
    skip "no docker" unless docker?
    # ok: skipped-test
    expect(list.skip(3)).to eq([4])
  end

  # ok: skipped-test
  it "is sent later"
end

class RowTest < Minitest::Test
  def test_saves
    # ruleid: skipped-test
    skip
    assert save
  end

  def helper
    # ok: skipped-test
    skip "helpers decide"
  end
  # xit "saves"
  # ok: skipped-test
  TEXT = "xit 'saves'"
end

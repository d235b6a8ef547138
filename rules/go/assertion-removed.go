package shop

// ruleid: assertion-removed
func TestTotal(t *testing.T) {
	if got := total(); got != 3 {
		t.Errorf("got %d", got)
	}
}

// ruleid: assertion-removed
func TestItems(t *testing.T) {
	assert.Equal(t, 1, items())
}

// ruleid: assertion-removed
func TestRefused(t *testing.T) {
	makeOrder(-1)
}

// ok: assertion-removed
func TestReworded(t *testing.T) {
	assert.Exactly(t, 2, f(1))
}

// ok: assertion-removed
func TestFolded(t *testing.T) {
	for given, expected := range map[int]int{1: 2, 2: 3} {
		assert.Equal(t, expected, f(given))
	}
}

// ok: assertion-removed
func TestUntouched(t *testing.T) {
	assert.Equal(t, 1, g())
}
